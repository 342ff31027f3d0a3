"""Pages."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from lantu.core.access import access


@access("@")
def finding(request: HttpRequest, pk: int) -> HttpResponse:
    """One finding."""
    return HttpResponse(str(pk))
