from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CaseworkConfig(AppConfig):
    name = "lantu.casework"
    verbose_name = "办理"

    def ready(self) -> None:
        from django.conf import settings

        from lantu.casework import duties, mail, panels, policy, ports  # noqa: F401  (duties registers what is done by the clock)
        from lantu.casework.selectors import tasks
        from lantu.standards.ports import pack_files
        from lantu.ui import registry

        pack_files.register("casework.yaml", policy.check)
        if settings.LANTU_MAIL:
            ports.mailers.register("smtp", mail.by_smtp)
        ports.task_kinds.register("casework", panels.TASK_KINDS)
        ports.verb_words.register("casework", panels.VERB_WORDS)
        office = tuple(sorted(ports.OFFICE))
        registry.bar_facts.register("casework", panels.bar_facts)
        registry.add_panel("home", "casework", panels.home, order=10)
        registry.add_nav("work", _("我的待办"), "casework:mine", "list", order=12, count=tasks.waiting)
        department = (*office, "supervisor")
        registry.add_nav(
            "work", _("本部门待办"), "casework:department", "department", department, order=14, count=tasks.waiting_in_department
        )
        registry.add_nav("work", _("征求意见"), "casework:inbox", "share", office, order=16, count=panels.inbox_rows)
        registry.add_nav("work", _("会议"), "casework:meetings", "calendar", (*office, "supervisor", "viewer"), order=18)
