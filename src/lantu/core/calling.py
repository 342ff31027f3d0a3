"""Calls to other systems over HTTP: JSON there and back, tried again while the system fails or is silent."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any


class NotAnsweredError(Exception):
    """No usable answer came after so many ``tries``; ``last``: what went wrong at the last one."""

    def __init__(self, tries: int, last: str) -> None:
        super().__init__(last)
        self.tries, self.last = tries, last


@dataclass(frozen=True, slots=True)
class Line:
    """The way to a system: its address, seconds to wait for an answer, how often to try, seconds of pause (doubled each time)."""

    address: str
    timeout: float
    attempts: int
    pause: float

    def post(self, path: str, body: Any, **headers: str) -> Any:
        """The JSON that the system answers. A refusal (4xx) is final. Raises ``NotAnsweredError``."""
        data = json.dumps(body).encode()
        last = ""
        for attempt in range(self.attempts):
            if attempt:
                time.sleep(self.pause * 2 ** (attempt - 1))
            request = urllib.request.Request(self.address + path, data, {"Content-Type": "application/json", **headers})
            try:
                with urllib.request.urlopen(request, timeout=self.timeout) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as error:
                last = f"HTTP {error.code}: {error.read(300).decode(errors='replace')}"
                if error.code < 500:
                    break
            except (OSError, ValueError) as error:
                last = str(error)
        raise NotAnsweredError(attempt + 1, last)
