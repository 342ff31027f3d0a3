"""Questions before filing: who may see them, whom they concern, what came of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import BigIntegerField, Q, QuerySet
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from lantu.approvals.catalogue.definition import Item
from lantu.approvals.catalogue.guide import Question, question
from lantu.approvals.models import Inquiry
from lantu.approvals.permissions import ALL_SEEING, OFFICE
from lantu.approvals.selectors import applicants
from lantu.approvals.words import definition_of, local
from lantu.casework.models import Consultation, Request
from lantu.casework.people import answers_for, name_of
from lantu.casework.selectors.consultations import answer, latest, verdict_words
from lantu.core.actor import Actor
from lantu.core.errors import NotFound
from lantu.core.permissions import is_system

MATTER = "inquiry"


def visible(actor: Actor) -> QuerySet[Inquiry]:
    """The questions that an actor may see: the window all, a department those that it was asked about, an asker the own ones."""
    rows = Inquiry.objects.select_related("project", "definition", "applicant").defer("definition__content")
    if is_system.test(actor) or actor.role in ALL_SEEING:
        return rows
    if actor.role == "builder":
        return rows.filter(_own(actor))
    if actor.role not in OFFICE:
        return rows.none()
    asked = Request.objects.filter(
        department__code__in=answers_for(actor.department), consultation__subject_type=Inquiry._meta.label_lower
    ).annotate(inquiry=Cast("consultation__subject_id", BigIntegerField()))
    return rows.filter(pk__in=asked.values("inquiry"))


def _own(actor: Actor) -> Q:
    """What a builder asked, what others of their units asked, and what was asked at the counter about their projects."""
    if actor.user_id is None:
        return Q(pk__in=[])
    found = Q(asked_by_id=actor.user_id) | Q(project__in=applicants.projects(actor).order_by().values("pk"))
    for one in applicants.memberships(actor):
        if one.project_id is None:
            found |= Q(applicant=one.applicant_id)
    return found


def is_asker(actor: Actor, inquiry: Inquiry) -> bool:
    """Whether a builder asked it, or acts for who did."""
    return actor.role == "builder" and Inquiry.objects.filter(_own(actor), pk=inquiry.pk).exists()


def may_see(actor: Actor, inquiry: Any) -> bool:
    return inquiry is not None and visible(actor).filter(pk=inquiry.pk).exists()


def by_number(actor: Actor, number: str) -> Inquiry:
    """A question by its number, for who may see it; one of the counter for everybody who has the number. Raises ``NotFound``."""
    row = visible(actor).filter(number=number).first() or public(number)
    if row is None:
        raise NotFound(_("没有这件咨询，或您不能查看它。"), where=number, how=_("请核对咨询编号。"))
    return row


def public(number: str) -> Inquiry | None:
    """A question of the counter by its whole number."""
    rows = Inquiry.objects.select_related("project", "definition")
    return rows.filter(number=number.strip().upper(), channel=Inquiry.Channel.COUNTER).first() if number.strip() else None


def items_called(inquiry: Inquiry) -> list[Item]:
    """The items that the facts call for."""
    return definition_of(inquiry).items_of(inquiry.stage, inquiry.project_class, inquiry.facts)


def departments_called(inquiry: Inquiry) -> list[str]:
    """The departments of these items, in the order of the catalogue."""
    return list(dict.fromkeys(item.department for item in items_called(inquiry)))


def subject_words(inquiry: Inquiry) -> str:
    """Stage, and project or class, in words."""
    definition = definition_of(inquiry)
    stage, kind = definition.stages[inquiry.stage], definition.classes[inquiry.project_class]
    what = inquiry.project.name if inquiry.project else local(str(kind["name_zh"]), str(kind.get("name_en", "")))
    return f"{local(stage.name_zh, stage.name_en)}　{what}"


def situation(inquiry: Inquiry) -> list[tuple[str, str]]:
    """What was answered to the questions, in words."""
    definition = definition_of(inquiry)
    return [(one.title, value_words(one, inquiry.facts[fact])) for fact in inquiry.facts for one in [question(definition, fact)]]


def value_words(one: Question, value: Any) -> str:
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, list):
        return "、".join(one.choices.get(str(part), str(part)) for part in value) or _("无")
    if isinstance(value, int | float):
        return f"{value:g} {one.unit}".strip()
    return one.choices.get(str(value), str(value))


def asked_words(inquiry: Inquiry, note: str) -> str:
    """What the departments read: the question, the situation, the items that it calls for, what the window adds."""
    items = "、".join(local(item.name_zh, item.name_en) for item in items_called(inquiry)) or "—"
    known = "；".join(f"{title}：{value}" for title, value in situation(inquiry)) or "—"
    parts = [
        inquiry.question,
        _("项目情形：%(known)s") % {"known": known},
        _("按情形涉及事项：%(items)s") % {"items": items},
        note.strip(),
        _("本咨询为申报前的指导，答复不作为审批依据。"),
    ]
    return "\n\n".join(part for part in parts if part)


def round_of(inquiry: Inquiry) -> Consultation | None:
    """The round in which the departments were asked; none before it was routed."""
    return latest(inquiry, MATTER)


def requests_of(inquiry: Inquiry) -> list[Request]:
    found = round_of(inquiry)
    return [one for one in found.requests.all() if one.state != Request.State.WITHDRAWN] if found is not None else []


def waiting_departments(inquiry: Inquiry, today: date) -> list[str]:
    """Who has not answered and still has time, by name."""
    return [name_of(one.department) for one in requests_of(inquiry) if one.state == Request.State.ASKED and one.due_on >= today]


def lines(inquiry: Inquiry) -> list[dict[str, Any]]:
    """What each department said, as it stands now."""
    found: list[dict[str, Any]] = []
    for one in requests_of(inquiry):
        reply = answer(one)
        found.append(
            {
                "department": name_of(one.department),
                "verdict": verdict_words(one) if reply is not None else _("逾期未答复"),
                "reason": reply.reason if reply is not None else "",
                "law": reply.law if reply is not None else "",
                "conditions": [row["text"] for row in reply.conditions] if reply is not None else [],
            }
        )
    return found


def merged(rows: list[dict[str, Any]]) -> str:
    """The first wording of the one answer, a paragraph per department; the window edits it."""
    return "\n".join(_paragraph(row) for row in rows)


def _paragraph(row: Mapping[str, Any]) -> str:
    words = [str(row["verdict"]), *([str(row["reason"])] if row["reason"] else []), *map(str, row["conditions"])]
    return f"{row['department']}：" + "；".join(words) + (f"（{row['law']}）" if row["law"] else "")
