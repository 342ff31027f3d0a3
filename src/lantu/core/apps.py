from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "lantu.core"
    verbose_name = "基础"

    def ready(self) -> None:
        from lantu.core import sealing  # noqa: F401  (registers its periodic duties)
