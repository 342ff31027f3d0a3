from django.apps import AppConfig


class ConflictsConfig(AppConfig):
    name = "lantu.conflicts"
    verbose_name = "冲突与协调"

    def ready(self) -> None:
        from lantu.conflicts import wiring

        wiring.connect()
