"""What a verification found, each step in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

PASSED, FAILED, NOTICE, NOT_CHECKED = "ok", "fail", "notice", "none"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its key, how it went (``ok|fail|notice|none``), the sentence, and a detail for experts."""

    key: str
    state: str
    text: str
    detail: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {"key": self.key, "state": self.state, "text": self.text, "detail": self.detail}


@dataclass(slots=True)
class Findings:
    """Steps in the order in which they were made. Good only when none failed and at least one passed."""

    steps: list[Step] = field(default_factory=list)

    def passed(self, key: str, text: str, detail: str = "") -> None:
        self.steps.append(Step(key, PASSED, text, detail))

    def fail(self, key: str, text: str, detail: str = "") -> None:
        self.steps.append(Step(key, FAILED, text, detail))

    def notice(self, key: str, text: str, detail: str = "") -> None:
        self.steps.append(Step(key, NOTICE, text, detail))

    def not_checked(self, key: str, text: str, detail: str = "") -> None:
        self.steps.append(Step(key, NOT_CHECKED, text, detail))

    def of(self, *states: str) -> list[Step]:
        return [step for step in self.steps if step.state in states]

    @property
    def failed(self) -> list[Step]:
        return self.of(FAILED)

    @property
    def good(self) -> bool:
        return not self.failed and any(step.state == PASSED for step in self.steps)

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)
