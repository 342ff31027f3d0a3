"""What every played system has: JSON over HTTP on this machine only, played failures and delays, the address on standard output."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, dict[str, Any]]


def options(about: str | None, port: int) -> argparse.ArgumentParser:
    """``--port --delay --fail --token``, to which a system adds its own."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--port", type=int, default=port)
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--fail", type=int, default=0)
    parser.add_argument("--token", default="")
    return parser


def serve(
    port: int,
    answer: Callable[[str, dict[str, Any], str], Answer],
    look: Callable[[], Answer] = lambda: (404, {"message": "no such page"}),
) -> None:
    """Serve until stopped; the first line on standard output is the address.

    ``answer(path, body, token)`` for each POST, ``token`` being the header ``X-Token``; ``look()`` for each GET.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say(*look())

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", "0"))))
            try:
                status, said = answer(self.path, body, self.headers.get("X-Token", ""))
            except Exception as error:  # noqa: BLE001 - a played system answers whatever happens
                status, said = 500, {"message": f"{type(error).__name__}: {error}"}
            self._say(status, said)

        def _say(self, status: int, said: dict[str, Any]) -> None:
            data = json.dumps(said, ensure_ascii=False).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
