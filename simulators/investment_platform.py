"""A province's investment platform (投资项目在线审批监管平台), played: it gives projects codes, slowly, late or wrongly when told so.

``python -m simulators.investment_platform --port 8303 [--delay S] [--fail N] [--deciding N] [--wrong KIND] [--refuse WORD] [--token T]``

``--deciding N``: the first N calls for a project are answered "deciding". ``--wrong``: ``json`` (no JSON at all), ``form`` (a code that is
none), ``same`` (one code for all). ``--refuse WORD``: projects whose name has the word are refused. The same key gets the same code again.
``GET /`` tells the keys that were asked about, in order.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from datetime import date
from typing import Any

from simulators.serving import Answer, options, serve

PROVINCE = "520000"


class Platform:
    """What the platform knows and how it behaves."""

    def __init__(self, given: Any) -> None:
        self.given = given
        self.fail = given.fail
        self.codes: dict[str, str] = {}
        self.asked: list[str] = []
        self.lock = threading.Lock()

    def answer(self, path: str, body: dict[str, Any], token: str) -> Answer:
        """Status and JSON for one call."""
        time.sleep(self.given.delay)
        if self.given.token and token != self.given.token:
            return 401, {"message": "wrong token"}
        if path != "/projects/apply":
            return 404, {"message": "no such call"}
        with self.lock:
            return self._apply(str(body["key"]), body["project"])

    def _apply(self, key: str, project: dict[str, str]) -> Answer:
        self.asked.append(key)
        if self.fail > 0:
            self.fail -= 1
            return 503, {"message": "played failure"}
        if self.given.refuse and self.given.refuse in project["name"]:
            return 200, {"state": "refused", "reason": "played refusal: " + self.given.refuse}
        if Counter(self.asked)[key] <= self.given.deciding:
            return 200, {"state": "deciding"}
        wrong = {
            "json": ["given"],
            "form": {"state": "given", "code": "5200-1"},
            "same": {"state": "given", "code": self._code(project, 1)},
        }
        if self.given.wrong:
            return 200, wrong[self.given.wrong]
        code = self.codes.setdefault(key, self._code(project, len(self.codes) + 1))
        return 200, {"state": "given", "code": code}

    def _code(self, project: dict[str, str], serial: int) -> str:
        """A code of the form of 2018, of the province's own series."""
        year = min(date.today().year, 2020)
        return f"{year}-{PROVINCE}-{project['industry']}-{project['kind']}-{serial:06d}"


def main() -> None:
    """Play it."""
    parser = options(__doc__, 8303)
    parser.add_argument("--deciding", type=int, default=0)
    parser.add_argument("--wrong", choices=["", "json", "form", "same"], default="")
    parser.add_argument("--refuse", default="")
    given = parser.parse_args()
    platform = Platform(given)
    serve(given.port, platform.answer, lambda: (200, {"asked": platform.asked}))


if __name__ == "__main__":
    main()
