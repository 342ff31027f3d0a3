"""A city's certificate base (电子证照库), played: it knows a few certificates of other departments and answers slowly or not when told so.

``python -m simulators.certificate_base --port 8302 [--delay SECONDS] [--fail N] [--token T] [--data FILE.json]``
"""

from __future__ import annotations

import argparse
import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

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

    def answer(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
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


def handler(base: Base) -> type[BaseHTTPRequestHandler]:
    """The HTTP side of it."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", "0"))))
            status, said = base.answer(self.path, body)
            data = json.dumps(said, ensure_ascii=False).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    return Handler


def main() -> None:
    """Serve until stopped; the first line on standard output is the address."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8302)
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--fail", type=int, default=0)
    parser.add_argument("--token", default="")
    parser.add_argument("--data", type=Path)
    given = parser.parse_args()
    rows = json.loads(given.data.read_text(encoding="utf-8")) if given.data else DEMO
    server = ThreadingHTTPServer(("127.0.0.1", given.port), handler(Base(rows, delay=given.delay, fail=given.fail, token=given.token)))
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
