"""Where the world reaches this installation: what stands in QR codes."""

from __future__ import annotations

from django.conf import settings


def public_address(path: str) -> str:
    """``LANTU_PUBLIC_URL`` and a path of this site."""
    return settings.LANTU_PUBLIC_URL.rstrip("/") + path
