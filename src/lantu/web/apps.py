from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WebConfig(AppConfig):
    name = "lantu.web"
    verbose_name = "网站"

    def ready(self) -> None:
        from lantu.ui import registry
        from lantu.web import home

        registry.bar_facts.register("city", home.city_facts)
        registry.add_nav("work", _("工作台"), "home", "home", order=10)
        registry.add_nav("work", _("我的任务"), "ui:jobs", "clock", order=20)
        registry.add_nav("blueprint", _("地图"), "map", "map", order=10)
