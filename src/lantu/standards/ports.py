"""How rooms above put files of their own into the city pack."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from lantu.core.ports import Port
from lantu.standards.pack.files import Report, Tree

if TYPE_CHECKING:
    from lantu.standards.pack.content import Content

pack_files: Port[Callable[[Tree, Content, Report], None]] = Port("pack_files")
"""By file name (``casework.yaml``): checks the parsed file and reports every problem with its place. The file may be missing. Its content
stands in the ``PackPart`` of that name without ``.yaml``."""
