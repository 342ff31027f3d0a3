"""A city's legal-person base (法人基础库), played: it knows a few units, one of them struck off, and answers slowly, not or wrongly.

``python -m simulators.legal_person_base --port 8304 [--delay S] [--fail N] [--wrong KIND] [--token T]``

``--wrong``: ``json`` (no object at all), ``other`` (it answers about another unit), ``nameless`` (a unit without a name).
"""

from __future__ import annotations

import time
from typing import Any

from simulators.serving import Answer, options, serve

UNITS = {
    "12520115MB0000094A": {"name": "观山湖区教育局（演示）", "state": "存续"},
    "91520115MA6DEM014M": {"name": "贵阳演示建设投资有限公司", "state": "存续"},
    "91520115MA6DEM022G": {"name": "贵阳演示旧城改造有限公司", "state": "注销"},
}


class Base:
    """What the base knows and how it behaves."""

    def __init__(self, given: Any) -> None:
        self.given, self.fail = given, given.fail

    def answer(self, path: str, body: dict[str, Any], token: str) -> Answer:
        """Status and JSON for one call."""
        time.sleep(self.given.delay)
        if self.given.token and token != self.given.token:
            return 401, {"message": "wrong token"}
        if path != "/units/find":
            return 404, {"message": "no such call"}
        if self.fail > 0:
            self.fail -= 1
            return 503, {"message": "played failure"}
        uscc = str(body["uscc"])
        wrong = {"json": ["?"], "other": {"unit": {"uscc": "0" * 18, "name": "别的单位"}}, "nameless": {"unit": {"uscc": uscc, "name": ""}}}
        if self.given.wrong:
            return 200, wrong[self.given.wrong]
        unit = UNITS.get(uscc)
        return 200, {"found": unit is not None, "unit": {"uscc": uscc, **unit} if unit else None}


def main() -> None:
    """Play it."""
    parser = options(__doc__, 8304)
    parser.add_argument("--wrong", choices=["", "json", "other", "nameless"], default="")
    given = parser.parse_args()
    serve(given.port, Base(given).answer)


if __name__ == "__main__":
    main()
