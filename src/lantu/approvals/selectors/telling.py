"""How the timeline of a case tells what happened in its branches: each event of a case, with who wrote it and what they said."""

from __future__ import annotations

from lantu.approvals.events import Code
from lantu.approvals.models import BranchEvent, StageApplication
from lantu.approvals.words import Words, state_word
from lantu.casework.ports import Happening

LIGHTS = {Code.APPROVED: "ok", Code.APPROVED_DEFERRED: "ok", Code.REJECTED: "bad", Code.REFUSED_ACCEPTANCE: "bad", Code.REVOKED: "bad"}


def happened(application: StageApplication) -> list[Happening]:
    """The events of all branches of a case."""
    words = Words()
    rows = BranchEvent.objects.filter(branch__application=application).select_related("branch")
    return [
        Happening(
            row.at,
            "verb",
            f"{words.item(application, row.branch.item)}：{state_word(row.code)}",
            "　".join(part for part in (row.by_name, words.department(row.by_department)) if part),
            row.opinion[:200],
            row.branch.get_absolute_url(),
            LIGHTS.get(Code(row.code), "on"),
        )
        for row in rows
    ]
