"""Another department's site, played: a page of its own with the map or the check of this one in a frame.

``python -m simulators.host_page --port 8303 --frame http://…/embed/<token>/``
"""

from __future__ import annotations

import argparse
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def page(frame: str) -> bytes:
    """The department's page."""
    return (
        '<!doctype html><html lang="zh"><head><meta charset="utf-8"><title>某部门业务系统</title></head>'
        "<body><h1>某部门业务系统（演示）</h1>"
        f'<iframe id="lantu" src="{escape(frame)}" width="900" height="600" title="蓝图"></iframe></body></html>'
    ).encode()


def main() -> None:
    """Serve it until stopped; the first line on standard output is the address."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8303)
    parser.add_argument("--frame", required=True)
    given = parser.parse_args()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = page(given.frame)
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", given.port), Handler)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
