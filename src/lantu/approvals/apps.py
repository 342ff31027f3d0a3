from django.apps import AppConfig


class ApprovalsConfig(AppConfig):
    name = "lantu.approvals"
    verbose_name = "审批"

    def ready(self) -> None:
        from lantu.approvals import wiring

        wiring.connect()
