"""How the timeline of a case tells what happened in its branches: each event of a case, with who wrote it and what they said."""

from __future__ import annotations

from lantu.approvals.events import Code
from lantu.approvals.models import BranchEvent, Handover, JointPart, StageApplication
from lantu.approvals.words import Words, state_word
from lantu.casework.ports import Happening

LIGHTS = {Code.APPROVED: "ok", Code.APPROVED_DEFERRED: "ok", Code.REJECTED: "bad", Code.REFUSED_ACCEPTANCE: "bad", Code.REVOKED: "bad"}


def happened(application: StageApplication) -> list[Happening]:
    """The events of all branches of a case, and what went between departments: hand-overs to another, parts asked for and given."""
    words = Words()
    return [*_events(application, words), *_handed(application, words), *_parts(application, words)]


def _handed(application: StageApplication, words: Words) -> list[Happening]:
    kinds = (Handover.Kind.TRANSFERRED, Handover.Kind.JOINT)
    rows = Handover.objects.filter(branch__application=application, kind__in=kinds).select_related("branch")
    return [
        Happening(
            row.at,
            "verb",
            f"{words.item(application, row.branch.item)}：{row.get_kind_display()} → {words.department(row.to)}",
            "　".join(part for part in (row.by_name, words.department(row.by_department)) if part),
            row.reason[:200],
            row.branch.get_absolute_url(),
            "on",
        )
        for row in rows
    ]


def _parts(application: StageApplication, words: Words) -> list[Happening]:
    rows = JointPart.objects.filter(branch__application=application).exclude(closed_at=None).select_related("branch")
    return [
        Happening(
            row.closed_at or row.asked_at,
            "reply",
            f"{words.item(application, row.branch.item)}：{words.department(row.department)}{row.get_state_display()}"
            + (f"（{row.get_verdict_display()}）" if row.verdict else ""),
            row.closed_by_name,
            (row.opinion or row.reason)[:200],
            row.branch.get_absolute_url(),
            "bad" if row.verdict == "disagree" else "on",
        )
        for row in rows
    ]


def _events(application: StageApplication, words: Words) -> list[Happening]:
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
