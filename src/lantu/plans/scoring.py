"""The score of a delivery by the weights and grades of the pack (``score`` in tolerances.yaml)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language

from lantu.plans.models import Delivery
from lantu.plans.quality import Mark, marks, total
from lantu.plans.selectors import open_findings
from lantu.standards import selectors


def _settings() -> dict[str, Any]:
    return selectors.catalogue().tolerances.get("score") or {}


def delivery_marks(delivery: Delivery) -> list[Mark]:
    """The mark of each check of a delivery, by the weights of the pack."""
    settings = _settings()
    weights = {str(key): float(value) for key, value in (settings.get("weights") or {}).items()}
    found = open_findings(delivery).values_list("check_code", "level", "rows")
    rows = int(delivery.account.get("in", 0))
    return marks(((key, level, tuple(where)) for key, level, where in found), rows, weights, float(settings.get("warning", 0.3)))


def score_of(delivery: Delivery) -> float:
    """The delivery's score, 0 to 100."""
    return total(delivery_marks(delivery))


def grade_of(score: float | None) -> str:
    """The word for a score in the pack (优, 良, …)."""
    if score is None:
        return ""
    grades = _settings().get("grades") or []
    found = next((one for one in sorted(grades, key=lambda one: -float(one["min"])) if score >= float(one["min"])), None)
    if found is None:
        return ""
    return str(found["name_en"] if (get_language() or "").startswith("en") and found.get("name_en") else found["name_zh"])
