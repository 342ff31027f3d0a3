"""Virus scan of what is handed in: by the scanner that the installation has; without one the file is marked as not scanned."""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from lantu.approvals.models import Material
from lantu.approvals.ports import Scanned, scanners
from lantu.core import files
from lantu.core.errors import BadInput
from lantu.core.models import StoredFile

CHUNK = 1 << 18


@dataclass(frozen=True, slots=True)
class Clamd:
    """A ClamAV daemon (``host:port``), by its INSTREAM command."""

    address: str
    timeout: float = 60
    name: str = "ClamAV"

    def scan(self, path: Path) -> Scanned:
        """What it says. Raises ``ConnectionError`` when it does not answer or refuses the file."""
        host, _colon, port = self.address.rpartition(":")
        try:
            with socket.create_connection((host, int(port)), self.timeout) as line, path.open("rb") as stream:
                line.sendall(b"zINSTREAM\0")
                while chunk := stream.read(CHUNK):
                    line.sendall(struct.pack("!I", len(chunk)) + chunk)
                line.sendall(struct.pack("!I", 0))
                said = b""
                while piece := line.recv(4096):
                    said += piece
        except OSError as error:
            raise ConnectionError(str(error)) from error
        words = said.rstrip(b"\0").decode(errors="replace").removeprefix("stream: ")
        if words == "OK":
            return Scanned("")
        if words.endswith(" FOUND"):
            return Scanned(words.removesuffix(" FOUND"))
        raise ConnectionError(words)


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
