"""Where the world reaches this installation: what stands in QR codes."""

from __future__ import annotations

from django.conf import settings

HERE = "http://localhost:8000"


def public_address(path: str) -> str:
    """``LANTU_SITE_URL`` (this machine when it is not set) and a path of this site."""
    return (settings.LANTU_SITE_URL or HERE).rstrip("/") + path
