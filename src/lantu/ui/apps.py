from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "lantu.ui"
    verbose_name = "界面"

    def ready(self) -> None:
        from lantu.ui import jobs

        jobs.connect()
