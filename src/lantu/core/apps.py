from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "lantu.core"
    verbose_name = "基础"
