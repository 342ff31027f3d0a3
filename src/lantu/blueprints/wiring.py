"""What the room plugs into others when Django starts."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from lantu.blueprints import ports
from lantu.casework.ports import task_kinds
from lantu.planar.engine import PlanarEngine
from lantu.planar.oracle import ShapelyEngine


def connect() -> None:
    """Register engines and job kinds."""
    from lantu.blueprints import panels, services  # noqa: F401  (services registers verbs and job kinds)
    from lantu.blueprints.services import staleness  # with its daily duty

    panels.connect()
    task_kinds.register("blueprints", {staleness.TASK: _("图层过期")})

    ports.overlay_engines.register("planar", PlanarEngine())
    ports.overlay_engines.register("oracle", ShapelyEngine())
