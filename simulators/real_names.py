"""A city's real-name service (实名核验), played: it knows a few people, and answers slowly, not or wrongly.

``python -m simulators.real_names --port 8305 [--delay S] [--fail N] [--wrong KIND] [--token T]``

``--wrong``: ``json`` (no object at all), ``mute`` (an object without an answer). Numbers are those of examples, nobody's.
"""

from __future__ import annotations

import time
from typing import Any

from simulators.serving import Answer, options, serve

PEOPLE = {"11010519491231002X": "王某", "440524188001010014": "李某"}


class Service:
    """What it knows and how it behaves."""

    def __init__(self, given: Any) -> None:
        self.given, self.fail, self.asked = given, given.fail, 0

    def answer(self, path: str, body: dict[str, Any], token: str) -> Answer:
        """Status and JSON for one call."""
        time.sleep(self.given.delay)
        if self.given.token and token != self.given.token:
            return 401, {"message": "wrong token"}
        if path != "/persons/verify":
            return 404, {"message": "no such call"}
        if self.fail > 0:
            self.fail -= 1
            return 503, {"message": "played failure"}
        if self.given.wrong:
            return 200, {"json": ["?"], "mute": {"reference": "x"}}[self.given.wrong]
        self.asked += 1
        return 200, {"matches": PEOPLE.get(str(body["identity"])) == body["name"], "reference": f"SM-{self.asked:04d}"}


def main() -> None:
    """Play it."""
    parser = options(__doc__, 8305)
    parser.add_argument("--wrong", choices=["", "json", "mute"], default="")
    given = parser.parse_args()
    serve(given.port, Service(given).answer)


if __name__ == "__main__":
    main()
