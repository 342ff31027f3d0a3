from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlansConfig(AppConfig):
    name = "lantu.plans"
    verbose_name = "规划入库"

    def ready(self) -> None:
        from django.urls import reverse

        from lantu.casework.ports import SubjectKind, subjects
        from lantu.plans import panels
        from lantu.plans.models import PlanDataset
        from lantu.plans.permissions import COLLECTORS, READERS
        from lantu.plans.readers.tables import set_locator
        from lantu.plans.services.geocoding import locate
        from lantu.plans.views import metadata
        from lantu.ui import registry

        set_locator(locate)
        registry.add_panel("plans.dataset", "metadata", metadata.dataset_panel, order=60)
        registry.add_panel("plans.release", "metadata", metadata.release_panel, order=60)
        registry.add_nav("blueprint", _("规划入库"), "plans:datasets", "download", READERS, order=20, count=panels.waiting)
        registry.add_nav("blueprint", _("规划汇交"), "plans:rounds", "share", COLLECTORS, order=15, count=panels.collecting)
        registry.add_nav("blueprint", _("扫描图矢量化"), "plans:sheets", "ruler", READERS, order=25)
        registry.add_nav("blueprint", _("活图层"), "plans:living", "area", READERS, order=30)
        registry.add_nav("blueprint", _("转换参数"), "plans:datums", "target", (*READERS, "secadmin"), order=35)
        registry.add_panel("home", "plans", panels.home, order=30, roles=("planner", "checker"))
        subjects.register(
            "plans.plandataset",
            SubjectKind(
                model=PlanDataset,
                title=lambda dataset: dataset.name,
                url=lambda dataset: reverse("plans:dataset", args=[dataset.pk]),
                may_see=lambda actor, dataset: actor.role in READERS,
                number=lambda dataset: dataset.layer_code,
                department=lambda dataset: dataset.owner.code if dataset.owner else "",
            ),
        )
        registry.add_panel("home", "collection", panels.collection_home, order=25, roles=("planner", "reviewer"))
        registry.searchers.register("plans", (_("规划"), panels.search))
