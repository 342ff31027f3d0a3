"""Pages of the casework room."""

from __future__ import annotations

from django.http import HttpRequest

from lantu.ui.typed import typed_number


def posted_key(request: HttpRequest, name: str) -> int:
    """The key of a row that a form sent; 0, which no row has, for anything else."""
    return typed_number(request.POST.get(name, ""))
