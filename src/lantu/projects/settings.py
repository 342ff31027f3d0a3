"""What the city pack says of projects: ``generation`` of its ``pack.yaml``, and its dictionaries."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lantu.projects.models import Project
from lantu.projects.sheet import Topic
from lantu.standards import selectors


def generation() -> dict[str, Any]:
    """``generation`` of the pack's ``pack.yaml``: days of the formal check, most rounds, planning department, who is asked when."""
    defaults: dict[str, Any] = {"formal_check_days": 2, "rounds": 3, "basis": "", "planning": "", "always": [], "sectors": {}}
    return defaults | dict(selectors.pack().settings.get("generation", {}))


def planning_department() -> str:
    """Code of the department that leads planning and generation."""
    return str(generation()["planning"])


def departments_for(project: Project, needs: Iterable[dict[str, Any]], by_hand: Iterable[str] = ()) -> dict[str, str]:
    """Who is asked, and why: always, by the project's sector, by what the check hit, by hand. Code → reason (the first that applies)."""
    rules = generation()
    asked: dict[str, str] = {}
    for code in rules["always"]:
        asked.setdefault(str(code), "规则")
    for code in rules["sectors"].get(project.sector, []):
        asked.setdefault(str(code), "领域")
    for need in needs:
        if need["kind"] == "consult" and need["department"]:
            asked.setdefault(need["department"], "、".join(need["because"]))
    for code in by_hand:
        asked.setdefault(code, "手工")
    return asked


def topics() -> list[Topic]:
    """Kinds of conditions in the order of the sheet (dictionary ``condition_topic``)."""
    return [
        Topic(item.code, int(item.traits.get("stage", 1)), tuple(item.traits.get("words", ())), tuple(item.traits.get("departments", ())))
        for item in selectors.dictionary("condition_topic").values()
    ]
