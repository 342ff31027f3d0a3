from django.apps import AppConfig


class CertificatesConfig(AppConfig):
    name = "lantu.certificates"
    verbose_name = "证照"
