from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "lantu.accounts"
    verbose_name = "组织与人员"
