"""A ClamAV daemon, played: it takes ``INSTREAM`` over TCP, finds the EICAR test text, may be slow, silent, or take no large files.

``python -m simulators.clamd --port 3310 [--delay S] [--limit BYTES] [--silent]``; prints its address first.
"""

from __future__ import annotations

import argparse
import socketserver
import struct
import time
from typing import Any

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Scan(socketserver.StreamRequestHandler):
    """One command."""

    def handle(self) -> None:
        given: Any = self.server.given  # type: ignore[attr-defined]
        if self._word() != b"zINSTREAM":
            self.wfile.write(b"UNKNOWN COMMAND\0")
            return
        seen = b""
        while size := struct.unpack("!I", self.rfile.read(4).ljust(4, b"\0"))[0]:
            seen += self.rfile.read(size)
            if len(seen) > given.limit:
                self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
                return
        time.sleep(given.delay)
        if not given.silent:
            self.wfile.write(b"stream: Eicar-Test-Signature FOUND\0" if EICAR in seen else b"stream: OK\0")

    def _word(self) -> bytes:
        word = b""
        while (one := self.rfile.read(1)) not in (b"\0", b"\n", b""):
            word += one
        return word


class Server(socketserver.ThreadingTCPServer):
    """The daemon."""

    allow_reuse_address = True
    daemon_threads = True
    given: argparse.Namespace


def main() -> None:
    """Play it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=3310)
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--limit", type=int, default=25 << 20)
    parser.add_argument("--silent", action="store_true")
    given = parser.parse_args()
    with Server(("127.0.0.1", given.port), Scan) as server:
        server.given = given
        print(f"127.0.0.1:{server.server_address[1]}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
