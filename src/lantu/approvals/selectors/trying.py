"""What the platform knows of a real project that the rules may ask, each with its source: for the try-out of a catalogue."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from lantu.approvals.models import Draft, StageApplication
from lantu.approvals.selectors.prefill import FACT
from lantu.projects.models import Project


def facts_of(project: Project) -> dict[str, tuple[Any, str]]:
    """Fact → (value, source in words): its figures, what its drafts found, what its applications said; the last counts."""
    found: dict[str, tuple[Any, str]] = {}
    if project.floor_area_m2 is not None:
        found["floor_area_m2"] = (float(project.floor_area_m2), _("项目库 %(code)s") % {"code": project.code})
    for draft in Draft.objects.filter(project=project).order_by("changed_at"):
        label = _("申报草稿所填")
        found |= {fact: (value, label) for fact, value in draft.situation.items()}
        derived = {code.removeprefix(FACT): row for code, row in draft.derived.items() if code.startswith(FACT)}
        found |= {fact: (row["value"], row["label"]) for fact, row in derived.items()}
    for application in StageApplication.objects.filter(project=project).order_by("filed_at", "pk"):
        label = _("申请 %(number)s") % {"number": application.number}
        found |= {fact: (value, label) for fact, value in application.facts.items()}
    return found
