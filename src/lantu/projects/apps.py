from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProjectsConfig(AppConfig):
    name = "lantu.projects"
    verbose_name = _("项目")

    def ready(self) -> None:
        from lantu.analysis.ports import project_sites
        from lantu.projects import clients, indicators, panels, wiring
        from lantu.projects.found_sites import CandidateSites
        from lantu.projects.permissions import READERS
        from lantu.ui import registry

        wiring.connect()
        clients.connect()
        indicators.connect()
        project_sites.register("projects", CandidateSites())
        registry.add_nav("projects", _("统一项目库"), "projects:library", "case", READERS, order=10)
        registry.add_nav("projects", _("策划生成"), "projects:generations", "flow", READERS, order=20, count=panels.waiting)
        registry.add_nav("projects", _("年度实施计划"), "projects:programmes", "calendar", READERS, order=30)
        registry.add_nav("projects", _("区域评估"), "projects:assessments", "layers", READERS, order=40)
        registry.add_nav("projects", _("评审专家"), "projects:experts", "person", READERS, order=50)
        registry.add_panel("home", "projects", panels.home, order=40, roles=("planner", "reviewer", "decider"))
        registry.add_panel("analysis.check", "projects", panels.beside_check, order=30, roles=READERS)
        registry.searchers.register("projects", (_("项目"), panels.search))
