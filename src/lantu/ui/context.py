"""What every page needs to stand in the shell."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest


def shell(request: HttpRequest) -> dict[str, Any]:
    """Template context of the shell: the actor."""
    return {"actor": getattr(request, "actor", None)}
