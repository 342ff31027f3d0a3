"""``/health/``: for what watches the site. Says whether it can answer, nothing of what it holds."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse

from lantu.core.access import access


@access("*")
def health(request: HttpRequest) -> JsonResponse:
    """200 when pages can be answered, 503 when the database cannot be reached."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
    except DatabaseError:
        return JsonResponse({"database": "unreachable"}, status=503)
    return JsonResponse({"database": "ok"})
