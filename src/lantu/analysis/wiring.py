"""What the room plugs into others when Django starts."""

from __future__ import annotations


def connect() -> None:
    """Register verbs, job kinds, navigation and panels."""
    from lantu.analysis import pack_check, panels, services  # noqa: F401  (services registers verbs and job kinds)
    from lantu.standards.ports import pack_files

    panels.connect()
    pack_files.register("analysis.yaml", pack_check.check_file)
