from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StandardsConfig(AppConfig):
    name = "lantu.standards"
    verbose_name = "标准"

    def ready(self) -> None:
        from lantu.ui import registry

        registry.add_nav("standards", _("图层目录"), "standards:layers", "layers", order=10)
        registry.add_nav("standards", _("分类标准"), "standards:systems", "book", order=20)
        registry.add_nav("standards", _("对照表"), "standards:crosswalks", "swap", order=30)
        registry.add_nav("standards", _("规则"), "standards:rules", "ruler", order=40)
        registry.add_nav("standards", _("工作日历"), "standards:calendar", "calendar", order=50)
        registry.add_nav("standards", _("城市包版本"), "standards:versions", "case", order=60)
