"""Days and texts of procedure that belong to the city: ``settings`` in ``approvals.yaml``, these defaults where it is silent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from lantu.approvals.models import StageApplication


@dataclass(frozen=True, slots=True)
class Policy:
    """Domain.md 6.5 and 6.5b. Working days but for ``commitment_check_days`` and ``objection_days`` (calendar days)."""

    acceptance_days: int = 5
    """Without a notice in this time a case is accepted (行政许可法第三十二条)."""
    correction_days: int = 20
    """A correction that is not answered in this time counts as withdrawn."""
    correction_remind_days: int = 10
    deferral_days: int = 10
    """The longest time for materials that come later, and never longer than the item's own limit."""
    commitment_check_days: int = 60
    delivery_days: int = 10
    """From the decision to the certificate (行政许可法第四十四条)."""
    objection_days: int = 60
    extension_days: int = 10
    collect_remind_days: int = 5
    """Results not collected are reminded of after so many working days."""
    inquiry_days: int = 5
    """What departments have to answer a question asked before filing (前期咨询)."""
    inquiry_window_days: int = 1
    """What the window has to route such a question, and again to send the answer."""


NAMES = frozenset(field.name for field in fields(Policy))


def read(content: Mapping[str, Any]) -> Policy:
    """The policy of a definition."""
    given = content.get("settings") or {}
    return Policy(**{name: int(value) for name, value in given.items() if name in NAMES})


def policy_of(application: StageApplication) -> Policy:
    """The policy that a case is handled by: that of its own release."""
    return read(application.definition.content)


def faults(content: Mapping[str, Any]) -> list[tuple[tuple[str, ...], str]]:
    """What is wrong with the settings of a file: (place, message)."""
    found: list[tuple[tuple[str, ...], str]] = []
    for name, value in (content.get("settings") or {}).items():
        place = ("settings", str(name))
        if name not in NAMES:
            found.append((place, f"没有设置项 {name}，可用：{'、'.join(sorted(NAMES))}"))
        elif not isinstance(value, int) or isinstance(value, bool) or value < 1:
            found.append((place, f"设置项 {name} 应为正整数"))
    return found
