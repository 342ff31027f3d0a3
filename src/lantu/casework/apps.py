from django.apps import AppConfig


class CaseworkConfig(AppConfig):
    name = "lantu.casework"
    verbose_name = "办理"
