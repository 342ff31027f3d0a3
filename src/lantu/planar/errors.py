"""What the kernel refuses, with the place of it."""

from __future__ import annotations


class PlanarError(ValueError):
    """Input that cannot be used: not a number, out of range, broken offsets, an incomplete store.

    ``layer`` and ``patch`` are the indexes of the culprit (None when it is the layer or the call as a whole); ``what`` is a short
    machine-readable reason: ``not_finite``, ``out_of_range``, ``extent``, ``offsets``, ``dtype``, ``too_large``, ``store``.
    """

    def __init__(self, what: str, message: str, layer: int | None = None, patch: int | None = None) -> None:
        self.what = what
        self.layer = layer
        self.patch = patch
        place = "" if layer is None else f"layer {layer}" if patch is None else f"layer {layer}, patch {patch}"
        super().__init__(f"{place}: {message}" if place else message)
