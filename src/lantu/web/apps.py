from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "lantu.web"
    verbose_name = "网站"
