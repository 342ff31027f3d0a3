from django.apps import AppConfig


class StandardsConfig(AppConfig):
    name = "lantu.standards"
    verbose_name = "标准"
