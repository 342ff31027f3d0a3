from django.apps import AppConfig


class CertificatesConfig(AppConfig):
    name = "lantu.certificates"
    verbose_name = "证照"

    def ready(self) -> None:
        from lantu.certificates import indicators, pack_check, panels
        from lantu.standards.ports import pack_files

        panels.connect()
        indicators.connect()
        pack_files.register("certificates.yaml", pack_check.check)
