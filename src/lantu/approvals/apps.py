from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

CATALOGUE_READERS = ("planner", "reviewer", "decider", "window", "supervisor", "viewer", "sysadmin")


class ApprovalsConfig(AppConfig):
    name = "lantu.approvals"
    verbose_name = _("审批")

    def ready(self) -> None:
        from lantu.approvals import wiring
        from lantu.approvals.views import portal
        from lantu.ui import registry

        wiring.connect()
        registry.add_nav("approvals", _("网上报建"), "portal:home", "upload", ("builder",), order=10, count=portal.waiting)
        registry.add_nav("approvals", _("事项库"), "approvals:catalogue", "book", CATALOGUE_READERS, order=30)
        registry.add_panel("public.links", "approvals.portal", portal.welcome, order=20, roles=("*",))
