"""What the room plugs into others when Django starts."""

from __future__ import annotations

from lantu.blueprints import ports
from lantu.planar.engine import PlanarEngine
from lantu.planar.oracle import ShapelyEngine


def connect() -> None:
    """Register engines and job kinds."""
    from lantu.blueprints import panels, services  # noqa: F401  (services registers verbs and job kinds)
    from lantu.blueprints.services import staleness  # noqa: F401  (its daily duty)

    panels.connect()

    ports.overlay_engines.register("planar", PlanarEngine())
    ports.overlay_engines.register("oracle", ShapelyEngine())
