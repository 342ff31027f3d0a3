from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CoreConfig(AppConfig):
    name = "lantu.core"
    verbose_name = "基础"

    def ready(self) -> None:
        from lantu.core import postgis, sealing, trigrams  # noqa: F401  (sealing registers its periodic duties)

        post_migrate.connect(postgis.prepare, dispatch_uid="lantu.core.postgis")
        post_migrate.connect(trigrams.prepare, dispatch_uid="lantu.core.trigrams")
