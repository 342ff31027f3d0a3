from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ApprovalsConfig(AppConfig):
    name = "lantu.approvals"
    verbose_name = _("审批")

    def ready(self) -> None:
        from lantu.approvals import wiring
        from lantu.approvals.views import portal
        from lantu.ui import registry

        wiring.connect()
        registry.add_nav("approvals", _("网上报建"), "portal:home", "upload", ("builder",), order=10, count=portal.waiting)
        registry.add_panel("public.links", "approvals.portal", portal.welcome, order=20, roles=("*",))
