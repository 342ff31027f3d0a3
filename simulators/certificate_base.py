"""A city's certificate base (电子证照库), played: it knows a few certificates of other departments and answers slowly or not when told so.

``python -m simulators.certificate_base --port 8302 [--delay SECONDS] [--fail N] [--token T] [--data FILE.json]``
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from simulators.serving import Answer, options, serve

DEMO: list[dict[str, Any]] = [
    {
        "identifier": "1.2.156.3005.2.11100000MB0143028R001.11520100MB0000019W.DEMO0001.001.X",
        "typeName": "营业执照",
        "number": "演示-91520115",
        "holderName": "观山湖区教育局",
        "holderCode": "12520115MB0000094A",
        "issuerName": "贵阳市市场监督管理局",
        "state": "01",
        "validTo": None,
        "data": {"legal_representative": "演示"},
    },
    {
        "identifier": "1.2.156.3005.2.11100000MB0143028R002.11520100MB0000019W.DEMO0002.001.X",
        "typeName": "不动产权证书",
        "number": "演示 黔（2018）贵阳市不动产权第 0000001 号",
        "holderName": "观山湖区教育局",
        "holderCode": "12520115MB0000094A",
        "issuerName": "贵阳市自然资源和规划局",
        "state": "05",
        "validTo": "2018-01-01",
        "data": {},
    },
]


class Base:
    """What the base knows and how it behaves."""

    def __init__(self, rows: list[dict[str, Any]], *, delay: float, fail: int, token: str) -> None:
        self.rows, self.delay, self.fail, self.token = rows, delay, fail, token

    def answer(self, path: str, body: dict[str, Any], token: str) -> Answer:
        """Status and JSON for one call; the token stands in the body, as such bases have it."""
        time.sleep(self.delay)
        if self.fail > 0:
            self.fail -= 1
            return 503, {"head": {"status": 503, "message": "played failure"}}
        if body.get("accessToken") != self.token:
            return 200, {"head": {"status": 401, "message": "wrong token"}}
        if path != "/certificates/by-holder":
            return 404, {"head": {"status": 404, "message": "no such call"}}
        asked = body["data"]
        rows = [row for row in self.rows if row["holderCode"] == asked["holderCode"] and asked["typeName"] in ("", row["typeName"])]
        return 200, {"head": {"status": 0, "message": "ok"}, "data": rows}


def main() -> None:
    """Play it."""
    parser = options(__doc__, 8302)
    parser.add_argument("--data", type=Path)
    given = parser.parse_args()
    rows = json.loads(given.data.read_text(encoding="utf-8")) if given.data else DEMO
    serve(given.port, Base(rows, delay=given.delay, fail=given.fail, token=given.token).answer)


if __name__ == "__main__":
    main()
