from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ApprovalsConfig(AppConfig):
    name = "lantu.approvals"
    verbose_name = _("审批")

    def ready(self) -> None:
        from lantu.approvals import wiring
        from lantu.ui import registry

        wiring.connect()
        registry.add_nav("approvals", _("网上报建"), "portal:home", "upload", ("builder",), order=10)
