from django.apps import AppConfig


class CertificatesConfig(AppConfig):
    name = "lantu.certificates"
    verbose_name = "证照"

    def ready(self) -> None:
        from lantu.certificates import panels

        panels.connect()
