"""Outward documents: PDF by Typst, .docx in the official form, seals. Spreadsheets are in ``core.spreadsheets``."""

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "lantu.documents"
    verbose_name = "文书"

    def ready(self) -> None:
        from lantu.documents import pack_check, panels
        from lantu.standards.ports import pack_files

        panels.connect()
        pack_files.register("documents/templates.yaml", pack_check.check)
