from django.apps import AppConfig


class AnalysisConfig(AppConfig):
    name = "lantu.analysis"
    verbose_name = "分析"

    def ready(self) -> None:
        from lantu.analysis import wiring

        wiring.connect()
