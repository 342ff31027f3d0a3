from django.apps import AppConfig


class BlueprintsConfig(AppConfig):
    name = "lantu.blueprints"
    verbose_name = "蓝图"

    def ready(self) -> None:
        from lantu.blueprints import basemaps, wiring
        from lantu.core import doctor

        wiring.connect()
        doctor.more.append(basemaps.conditions)
