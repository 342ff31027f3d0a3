from django.apps import AppConfig


class BlueprintsConfig(AppConfig):
    name = "lantu.blueprints"
    verbose_name = "蓝图"

    def ready(self) -> None:
        from lantu.blueprints import wiring

        wiring.connect()
