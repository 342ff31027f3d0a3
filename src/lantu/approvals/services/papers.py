"""Outward papers of a case: receipts, notices and decisions from the templates of the city pack."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.approvals.models import Branch, StageApplication
from lantu.approvals.words import definition_of
from lantu.casework.models import Clock
from lantu.core.actor import Actor
from lantu.core.errors import LantuError
from lantu.documents.models import Paper
from lantu.documents.services import draft_paper, is_sealed, issue_paper, seal_for, seal_paper
from lantu.documents.templates import template

LAW = "《中华人民共和国行政许可法》"


def unit_of(application: StageApplication) -> str:
    """Who applied, by name: the unit that filed, the project's builder, or the person."""
    if application.applicant is not None:
        return application.applicant.name
    unit = application.project.units.filter(kind="1", ended=False).order_by("pk").first()
    return unit.name if unit is not None else application.filed_by_name or application.project.name


def items_text(application: StageApplication, branches: Iterable[Branch]) -> str:
    """The items in the official language of the papers; from the second round of an item on, which round."""
    definition = definition_of(application)
    names = (definition.items[row.item].name_zh + (f"（第 {row.round} 次申请）" if row.round > 1 else "") for row in branches)
    return "、".join(dict.fromkeys(names))


def papers_of(application: StageApplication) -> list[Paper]:
    """The papers of a case, the newest first."""
    return list(Paper.objects.filter(subject_type=application._meta.label_lower, subject_id=str(application.pk)).order_by("-pk"))


def send(actor: Actor, application: StageApplication, code: str, key: str, data: dict[str, Any]) -> Paper:
    """Draft and issue a paper to the applicant; the same key makes it once."""
    whole = {"addressee": unit_of(application), **data}
    draft = draft_paper(
        actor, code, whole, key=f"approvals/{application.pk}/{key}", subject=application, demo=application.project.demo,
        subject_title=f"{application.project.name}　{application.number}",
    )  # fmt: skip
    return issue_paper(actor, draft)


def acceptance(actor: Actor, application: StageApplication, branches: list[Branch]) -> Paper:
    """The notice of acceptance over all that was accepted together (受理通知书)."""
    clocks = [row.clock for row in branches if row.clock is not None]
    due = max((clock.due_on for clock in clocks if clock.due_on), default=None)
    day = min(clock.started_on for clock in clocks)
    data = {
        "project": application.project.name,
        "project_code": application.project.code,
        "item": items_text(application, branches),
        "accepted": day.isoformat(),
        "limit": "；".join(f"{clock.title} {_limit(clock)}" for clock in clocks),
        "due": due.isoformat() if due else "—",
    }
    return send(actor, application, "acceptance", f"acceptance/{_keys(branches)}", data)


def _limit(clock: Clock) -> str:
    return f"{clock.limit} 个{'工作日' if clock.unit == 'working' else '自然日'}"


def _keys(branches: Iterable[Branch]) -> str:
    return "-".join(str(key) for key in sorted(row.pk for row in branches))


def correction(
    actor: Actor, application: StageApplication, branches: list[Branch], lines: list[list[str]], *, due: str, number: int
) -> Paper:
    """The one-time notice of all that must be mended (补正告知书)."""
    data = {"project": application.project.name, "item": items_text(application, branches), "items": lines, "due": due}
    return send(actor, application, "correction", f"correction/{number}/{_keys(branches)}", data)


def not_taken(actor: Actor, branch: Branch, code: str, *, reason: str, basis: str, organ: str) -> Paper:
    """That no permit is needed (``not_required``), or that acceptance is refused (``not_accepted``)."""
    application = branch.application
    data = {
        "project": application.project.name,
        "item": items_text(application, [branch]),
        "reason": reason,
        "basis": basis or f"{LAW}第三十二条",
        "organ_in_charge": organ or "有管辖权的机关",
    }
    return send(actor, application, code, f"{code}/{branch.pk}", data)


def suspension(actor: Actor, branch: Branch, kind: str, *, basis: str, maximum: str, key: str) -> Paper:
    """How long a special procedure takes (特别程序告知书)."""
    data = {
        "item": items_text(branch.application, [branch]),
        "kind": kind,
        "basis": basis,
        "start": timezone.localdate().isoformat(),
        "maximum": maximum,
    }
    return send(actor, branch.application, "suspension", f"suspension/{branch.pk}/{key}", data)


def unsealed(actor: Actor, application: StageApplication) -> list[Paper]:
    """The papers of the actor's department that were issued, want a seal and have none."""
    return [
        paper
        for paper in papers_of(application)
        if paper.state == Paper.State.ISSUED
        and paper.department == actor.department
        and not paper.template.startswith("certificate.")
        and template(paper.template).seal
        and not is_sealed(paper)
    ]


def seal_all(actor: Actor, application: StageApplication) -> tuple[list[Paper], list[str]]:
    """Seal the papers of the actor's department that want a seal and have none (用印); outside of transactions.

    Gives what was sealed, and in words what was not and why.
    """
    sealed, left = [], []
    for paper in unsealed(actor, application):
        seal = seal_for(actor, paper)
        if seal is None:
            left.append(_("%(paper)s：没有可用的印章。") % {"paper": paper})
            continue
        try:
            sealed.append(seal_paper(actor, paper, seal))
        except LantuError as error:
            left.append(f"{paper}：{error}")
    return sealed, left
