"""What happened to a subject, told in order: its verbs, the answers of departments, meetings, the ledger of its clocks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext as _

from lantu.casework.models import AgendaItem, Attachment, ClockEntry, Comment, Reply
from lantu.casework.models.consultation import Verdict
from lantu.casework.people import all_departments, name_of
from lantu.casework.ports import Happening, subjects, verb_words
from lantu.casework.subjects import key_of, kind_of
from lantu.core.models import AuditEvent

MOST = 300
"""Rows of the audit trail that are told; older ones are in the trail itself."""
_LEDGER = ("start_clock", "add_part", "stop_clock", "resume_clock", "extend_clock", "end_clock")
TOLD_BY_THEMSELVES = ("casework.comment", "casework.withdraw_comment", *(f"casework.{name}" for name in _LEDGER))
BOOKKEEPING = ("casework.open_task", "casework.close_task", "casework.void_task")
"""Verbs that are worth telling only when a person did them."""


def timeline(subject: models.Model) -> list[Happening]:
    """All that happened to a subject, newest first; also to a part of one (a branch), of which casework knows no kind."""
    names = key_of(subject)
    kind = kind_of(names["subject_type"]) if names["subject_type"] in subjects.keys() else None  # noqa: SIM118 - a port, no mapping
    found = [*_verbs(names), *_replies(names), *_decisions(names), *_clocks(names, own=kind is not None and kind.own_clocks)]
    found += kind.happened(subject) if kind is not None else []
    return sorted(found, key=lambda one: one.at, reverse=True)


def _verbs(names: dict[str, str]) -> Iterator[Happening]:
    words = {verb: text for port in verb_words.all() for verb, text in port.items()}
    departments = {row.code: name_of(row) for row in all_departments()}
    rows = (
        AuditEvent.objects.filter(**names, outcome="done")
        .exclude(verb__in=TOLD_BY_THEMSELVES)
        .exclude(verb__in=BOOKKEEPING, user_id=None)
        .order_by("-pk")[:MOST]
    )
    for row in rows:
        who = _who(row.actor_name, departments.get(row.department, row.department))
        yield Happening(row.at, "verb", str(words.get(row.verb, row.verb)), who, _detail(row.detail))


def _detail(detail: dict[str, Any]) -> str:
    return next((str(detail[name])[:200] for name in ("reason", "note", "text", "title", "document_no") if detail.get(name)), "")


def _who(name: str, department: str) -> str:
    return "　".join(part for part in (name, department) if part)


def _replies(names: dict[str, str]) -> Iterator[Happening]:
    about = {f"request__consultation__{name}": value for name, value in names.items()}
    lights = {Verdict.AGREE: "ok", Verdict.CONDITIONS: "on", Verdict.DISAGREE: "bad"}
    for row in Reply.objects.filter(**about).select_related("request__department", "request__consultation"):
        consultation = row.request.consultation
        words = {
            "department": name_of(row.request.department),
            "verdict": row.get_verdict_display(),
            "title": consultation.title,
            "round": consultation.round,
        }
        text = _("%(department)s回复「%(verdict)s」：%(title)s（第 %(round)s 轮）") % words
        url = reverse("casework:consultation", args=[consultation.pk])
        yield Happening(row.at, "reply", text, row.by_name, row.reason[:200], url, lights[Verdict(row.verdict)])


def _decisions(names: dict[str, str]) -> Iterator[Happening]:
    for row in AgendaItem.objects.filter(**names).exclude(minuted_at=None).select_related("meeting"):
        text = _("%(meeting)s：%(decision)s") % {"meeting": row.meeting.title, "decision": row.get_decision_display()}
        url = reverse("casework:meeting", args=[row.meeting_id])
        if row.minuted_at is not None:
            yield Happening(row.minuted_at, "meeting", text, row.minuted_by, row.decision_text[:200], url, "on")


def _clocks(names: dict[str, str], *, own: bool) -> Iterator[Happening]:
    """The ledger of the clocks; of a room that moves its own clocks only what is no event of it already."""
    about = {f"clock__{name}": value for name, value in names.items()}
    rows = ClockEntry.objects.filter(**about).select_related("clock")
    hidden = [ClockEntry.Kind.STARTED, ClockEntry.Kind.ENDED] if own else []
    for row in rows.exclude(kind__in=hidden):
        text = _("%(clock)s：%(what)s（%(day)s）") % {"clock": row.clock, "what": row.get_kind_display(), "day": row.on}
        detail = "　".join(part for part in (row.label, row.basis) if part)
        url = reverse("casework:clock", args=[row.clock_id])
        yield Happening(row.at, "clock", text, _("系统自动") if row.automatic else row.by_name, detail, url)


def comments_of(subject: models.Model) -> models.QuerySet[Comment]:
    """The comments of a subject, oldest first."""
    return Comment.objects.filter(**key_of(subject))


def attachments_of(subject: models.Model) -> list[tuple[Attachment, list[Attachment]]]:
    """The newest version of each attachment, with the older ones, newest first."""
    rows = {row.pk: row for row in Attachment.objects.filter(**key_of(subject)).select_related("stored")}
    replaced = {row.replaces_id for row in rows.values()}
    found = []
    for row in sorted(rows.values(), key=lambda one: one.at, reverse=True):
        if row.pk not in replaced:
            older, one = [], row
            while one.replaces_id in rows:
                one = rows[one.replaces_id]
                older.append(one)
            found.append((row, older))
    return found
