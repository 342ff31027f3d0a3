from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "lantu.ui"
    verbose_name = "界面"
