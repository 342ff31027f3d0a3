"""The three ways into the room, for tests: pages, API and command line, each as a person."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from django.conf import settings
from django.test import Client

from lantu.accounts.models import User
from lantu.approvals.cli import approvals
from lantu.core.actor import Actor

BASE = "/api/v1/approvals/"
PACK = Path(settings.CITIES_DIR) / "guiyang"


def page_of(actor: Actor) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=actor.user_id or 0))
    return client


class Api:
    """Asks as one person."""

    def __init__(self, actor: Actor | None = None) -> None:
        self.client = Client()
        if actor is not None:
            self.client.force_login(User.objects.get(pk=actor.user_id))

    def get(self, path: str, status: int = 200, **data: Any) -> Any:
        answer = self.client.get(BASE + path, data)
        assert answer.status_code == status, (path, answer.status_code, answer.content.decode()[:400])
        return answer.json()

    def post(self, path: str, data: Any = None, status: int = 200, method: str = "POST") -> Any:
        answer = self.client.generic(method, BASE + path, json.dumps(data or {}), content_type="application/json")
        assert answer.status_code == status, (path, answer.status_code, answer.content.decode()[:400])
        return answer.json()


def run(*arguments: str, given: str | None = None, code: int = 0) -> str:
    """What ``lantu approvals`` says to these arguments; ``given``: its standard input."""
    outcome = CliRunner().invoke(approvals, list(arguments), input=given)
    assert outcome.exit_code == code, (arguments, outcome.output, outcome.exception)
    return outcome.output


def name_of(actor: Actor) -> str:
    return User.objects.get(pk=actor.user_id or 0).username
