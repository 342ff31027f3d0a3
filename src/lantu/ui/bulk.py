"""One verb over many rows: each by itself, and what was refused is said row by row."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lantu.core.errors import LantuError

SHOWN = 10


@dataclass
class BulkResult:
    """What became of the rows. ``refused``: (row in words, why)."""

    done: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)

    def tell(self, request: HttpRequest) -> None:
        """Say it at the head of the next page."""
        if self.done:
            messages.success(request, ngettext("已办 %(n)s 件。", "已办 %(n)s 件。", self.done) % {"n": self.done})
        if self.refused:
            count = len(self.refused)
            lines = "；".join(f"{row}：{why}" for row, why in self.refused[:SHOWN])
            words = _("%(n)s 件没有办成：%(lines)s") if count <= SHOWN else _("%(n)s 件没有办成，前几件是：%(lines)s")
            messages.warning(request, words % {"n": count, "lines": lines})
        if not self.done and not self.refused:
            messages.warning(request, _("没有勾选任何一行。"))


def run(rows: Iterable[Any], act: Callable[[Any], Any]) -> BulkResult:
    """Do ``act`` to each row; a row that may not be acted on, or has changed, does not keep the others from it."""
    result = BulkResult()
    for row in rows:
        try:
            act(row)
        except LantuError as error:
            result.refused.append((str(row), str(error.what)))
        else:
            result.done += 1
    return result
