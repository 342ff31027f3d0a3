from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "lantu.documents"
    verbose_name = "文书"
