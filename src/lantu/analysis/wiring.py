"""What the room plugs into others when Django starts."""

from __future__ import annotations


def connect() -> None:
    """Register verbs, job kinds, navigation and panels."""
    from lantu.analysis import panels, services  # noqa: F401  (services registers verbs and job kinds)

    panels.connect()
