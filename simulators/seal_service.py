"""A remote seal service (签章服务), played: it keeps keys of its own and signs what it is sent, slowly or not at all when told so.

``python -m simulators.seal_service --port 8301 --folder DIR [--delay SECONDS] [--fail N] [--token T]``

``--fail N``: the first N calls are answered with 503. A call with a known ``call`` key gets the first answer again. ``GET /v1/calls``
tells what was called. Certificates are of a test authority of its own; trust its roots (``DIR/trust/*.crt``) to verify.
"""

from __future__ import annotations

import base64
import os
import threading
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from simulators.serving import Answer, options, serve


class Service:
    """The service's state."""

    def __init__(self, folder: Path, *, delay: float, fail: int, token: str) -> None:
        from lantu.documents.crypto.keystore import KeyStore
        from lantu.documents.providers import LocalSeals

        self.seals = LocalSeals(KeyStore(folder))
        self.delay, self.fail, self.token = delay, fail, token
        self.answers: dict[str, dict[str, Any]] = {}
        self.calls: list[str] = []
        self.lock = threading.Lock()

    def answer(self, path: str, body: dict[str, Any], token: str) -> Answer:
        """Status and JSON for one call."""
        if self.token and token != self.token:
            return 401, {"message": "wrong token"}
        time.sleep(self.delay)
        with self.lock:
            self.calls.append(path)
            if self.fail > 0:
                self.fail -= 1
                return 503, {"message": "played failure"}
            known = self.answers.get(body.get("call", ""))
            if known is not None:
                return 200, known
            done = {"/v1/keys": self.keys, "/v1/pdf": self.pdf, "/v1/digest": self.digest}.get(path)
            if done is None:
                return 404, {"message": "no such call"}
            said = done(body)
            self.answers[body.get("call", "")] = said
            return 200, said

    def keys(self, body: dict[str, Any]) -> dict[str, Any]:
        from lantu.documents.ports import SealOrder

        order = {name: body[name] for name in ("code", "name", "holder", "kind", "side_mm", "number")}
        made = self.seals.make_key(SealOrder(picture=base64.b64decode(body["picture"]), **order))
        return {
            "name": made.name,
            "eseal": base64.b64encode(made.eseal).decode(),
            "rsa_serial": made.rsa_serial,
            "sm2_serial": made.sm2_serial,
            "valid_from": made.valid_from.isoformat(),
            "valid_to": made.valid_to.isoformat(),
        }

    def pdf(self, body: dict[str, Any]) -> dict[str, Any]:
        from lantu.documents.crypto.pades import Box

        signed = self.seals.seal_pdf(
            body["key"],
            base64.b64decode(body["pdf"]),
            base64.b64decode(body["picture"]),
            box=Box(**body["box"]),
            field_name=body["field_name"],
            reason=body["reason"],
            signer=body["signer"],
        )
        return {"pdf": base64.b64encode(signed).decode()}

    def digest(self, body: dict[str, Any]) -> dict[str, Any]:
        eseal, digest = base64.b64decode(body["eseal"]), base64.b64decode(body["digest"])
        signature = self.seals.sign_digest(body["key"], eseal, digest, body["about"], datetime.fromisoformat(body["at"]))
        return {"signature": base64.b64encode(signature).decode()}


def main() -> None:
    """Play it."""
    parser = options(__doc__, 8301)
    parser.add_argument("--folder", type=Path, required=True)
    given = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lantu.config.settings")
    import django

    django.setup()
    service = Service(given.folder, delay=given.delay, fail=given.fail, token=given.token)
    serve(given.port, service.answer, lambda: (200, {"calls": service.calls}))


if __name__ == "__main__":
    main()
