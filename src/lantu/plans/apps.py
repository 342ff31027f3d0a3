from django.apps import AppConfig


class PlansConfig(AppConfig):
    name = "lantu.plans"
    verbose_name = "规划入库"
