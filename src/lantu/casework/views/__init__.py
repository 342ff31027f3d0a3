"""Pages of the casework room."""

from __future__ import annotations

from django.http import HttpRequest


def posted_key(request: HttpRequest, name: str) -> int:
    """The key of a row that a form sent; 0, which no row has, for anything else."""
    given = request.POST.get(name, "")
    return int(given) if given.isdecimal() and len(given) < 19 else 0
