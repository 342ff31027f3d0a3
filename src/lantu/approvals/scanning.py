"""Virus scan of what is handed in: by the scanner that the installation has; without one the file is marked as not scanned."""

from __future__ import annotations

import socket
import struct
import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.utils.translation import gettext as _

from lantu.approvals.models import Material
from lantu.approvals.ports import Scanned, scanners
from lantu.core import files
from lantu.core.errors import BadInput
from lantu.core.models import StoredFile

CHUNK = 1 << 18


@dataclass(frozen=True, slots=True)
class Clamd:
    """A ClamAV daemon by its INSTREAM command. ``address``: ``host:port`` or the path of its socket; ``timeout``: seconds for a file."""

    address: str
    timeout: float = 30
    name: str = "ClamAV"

    def scan(self, path: Path) -> Scanned:
        """What it says. Raises ``ConnectionError`` when it does not answer in time or refuses the file."""
        until = time.monotonic() + self.timeout
        try:
            with self._line() as line, path.open("rb") as stream:
                self._send(line, stream, until)
                said = self._answer(line, until)
        except OSError as error:
            raise ConnectionError(str(error)) from error
        words = said.rstrip(b"\0").decode(errors="replace").removeprefix("stream: ")
        if words == "OK":
            return Scanned("")
        if words.endswith(" FOUND"):
            return Scanned(words.removesuffix(" FOUND"))
        raise ConnectionError(words or "no answer")

    def _line(self) -> socket.socket:
        if self.address.startswith("/"):
            line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                line.settimeout(self.timeout)
                line.connect(self.address)
            except OSError:
                line.close()
                raise
            return line
        host, _colon, port = self.address.rpartition(":")
        if not port.isdigit():
            raise ConnectionError(f"no address: {self.address}")
        return socket.create_connection((host, int(port)), self.timeout)

    @staticmethod
    def _send(line: socket.socket, stream: BinaryIO, until: float) -> None:
        """The file in chunks. A daemon that has seen enough answers and stops to listen: what it says is read then."""
        try:
            line.sendall(b"zINSTREAM\0")
            while chunk := stream.read(CHUNK):
                line.settimeout(max(until - time.monotonic(), 0.01))
                line.sendall(struct.pack("!I", len(chunk)) + chunk)
            line.sendall(struct.pack("!I", 0))
        except (BrokenPipeError, ConnectionResetError):
            return

    @staticmethod
    def _answer(line: socket.socket, until: float) -> bytes:
        said = b""
        while not said.endswith(b"\0"):
            line.settimeout(max(until - time.monotonic(), 0.01))
            piece = line.recv(4096)
            if not piece:
                break
            said += piece
        return said


def scan(stored: StoredFile, filename: str) -> tuple[str, str]:
    """State of the scan and the engine. A scanner that does not answer leaves the file not scanned, and says so in the engine's place.

    Raises ``BadInput`` for an infected file: it is not taken.
    """
    engine = next(iter(scanners.all()), None)
    if engine is None:
        return Material.Scan.UNSCANNED, ""
    try:
        found = engine.scan(files.path_of(stored))
    except ConnectionError as error:
        return Material.Scan.UNSCANNED, _("%(engine)s 没有回答") % {"engine": engine.name} + f"：{error}"[:60]
    if found.virus:
        raise BadInput(_("文件里发现病毒 %(virus)s，没有收下。") % {"virus": found.virus}, where=filename, how=_("请杀毒后重新导出再传。"))
    return Material.Scan.CLEAN, engine.name
