"""Real clients of the services, each a program of its own: GDAL holds the interpreter while it waits for the server."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from typing import Any

from lantu.accounts.models import Post, User

PASSWORD = "lantu-yanshi-2026"


def make_person(role: str) -> User:
    user = User.objects.create_user(username=f"svc-{role}", password=PASSWORD)
    Post.objects.create(user=user, role=role)
    return user


def basic(role: str, password: str = PASSWORD) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"svc-{role}:{password}".encode()).decode()}


def run(program: str, *arguments: Any) -> Any:
    """What a client program prints, as JSON; signed in as the exchange account."""
    environment = {**os.environ, "GDAL_HTTP_USERPWD": f"svc-exchange:{PASSWORD}", "GDAL_HTTP_AUTH": "BASIC", "NO_PROXY": "*"}
    command = [sys.executable, "-c", program, *(one if isinstance(one, str) else json.dumps(one) for one in arguments)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
