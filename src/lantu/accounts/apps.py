from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "lantu.accounts"
    verbose_name = "组织与人员"

    def ready(self) -> None:
        from lantu.accounts import acting, sign_in
        from lantu.core.middleware import actor_source
        from lantu.ui import registry

        actor_source.register("accounts", acting.actor_of)
        registry.bar_facts.register("accounts", acting.bar_facts)
        sign_in.connect()
        people = ("sysadmin", "secadmin", "auditadmin")
        registry.add_nav("administration", _("人员与岗位"), "accounts:people", "person", people, order=10)
        registry.add_nav("administration", _("部门"), "accounts:departments", "department", order=20)
        registry.add_nav("administration", _("行政区划"), "accounts:regions", "area", order=30)
        registry.add_nav("administration", _("对接系统令牌"), "accounts:tokens", "share", people, order=35)
        registry.add_nav("administration", _("登录锁定"), "accounts:lockouts", "key", ("secadmin", "auditadmin"), order=40)
        registry.add_nav("administration", _("留痕"), "accounts:audit", "shield", ("auditadmin",), order=50)
