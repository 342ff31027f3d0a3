"""What the middleware keeps out before a view is asked."""

from __future__ import annotations

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


class Unread:
    """A body that must not be read."""

    def read(self, *sizes: int) -> bytes:
        raise AssertionError("the body was read")

    readline = read


@pytest.mark.parametrize(("path", "kind"), [("/plans/import/", "text/html"), ("/api/v1/plans/deliveries", "application/json")])
def test_ten_gigabytes_are_refused_before_they_are_read(client: Client, path: str, kind: str) -> None:
    environ = {"CONTENT_LENGTH": str(10 * 1024**3), "wsgi.input": Unread(), "CONTENT_TYPE": "multipart/form-data; boundary=x"}
    answer = client.post(path, **environ)  # type: ignore[arg-type]
    assert answer.status_code == 413
    assert answer["Content-Type"].startswith(kind)
    assert "2048 MB" in (answer.json()["what"] if kind == "application/json" else answer.content.decode())


def test_what_is_below_the_limit_goes_on_to_its_view(client: Client) -> None:
    assert client.post("/plans/import/", {"dataset": "1"}).status_code == 302


def test_every_answer_has_a_content_policy_and_a_number(client: Client) -> None:
    answer = client.get("/")
    assert "default-src 'self'" in answer["Content-Security-Policy"]
    assert len(answer["X-Request-Id"]) == 32
