"""Units that take part, by unified social credit code."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.core import audit, events
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, Conflict
from lantu.core.verbs import verb
from lantu.projects.identifiers import uscc as codes
from lantu.projects.models import Project, ProjectUnit
from lantu.projects.permissions import NEED_OWN, may_edit
from lantu.projects.ports import LegalPerson, legal_persons
from lantu.standards import selectors

REASONS = {"form": gettext_lazy("应为 18 位数字和大写字母（不含 I、O、S、V、Z）"), "check": gettext_lazy("校验位不符，可能抄错了一位")}


@dataclass(frozen=True, slots=True)
class Told:
    """What the legal-person base told: the person, or a note why it told nothing."""

    person: LegalPerson | None = None
    note: str = ""


def check_code(code: str) -> codes.Uscc:
    """A code that was read. Raises ``BadInput`` saying what is wrong with it."""
    try:
        return codes.parse(code)
    except codes.UsccError as error:
        raise BadInput(
            _("「%(code)s」不是统一社会信用代码。") % {"code": code},
            where=str(REASONS[str(error)]),
            how=_("请对照营业执照或法人证书改正。"),
        ) from None


def add_unit(actor: Actor, project: Project, kind: str, *, uscc: str = "", name: str = "") -> ProjectUnit:
    """Add a unit. With a code, name and state come from the legal-person base where it answers; a typed name is marked unverified.

    Call it outside of transactions: the base may be slow. Raises ``BadInput`` for an unknown kind, a code that is none, a unit that the
    base does not know or has struck off, or no name at all.
    """
    ask_register(actor, project, kind, uscc=uscc)
    return record_unit(actor, project, kind, uscc=uscc, name=name, told=look_up(uscc.strip()) if uscc.strip() else Told())


@verb("projects.ask_register", permission=may_edit, need=NEED_OWN, subject="project")
def ask_register(actor: Actor, project: Project, kind: str, *, uscc: str) -> None:
    """Write down that the legal-person base is going to be asked about a unit. Raises ``BadInput`` for what is wrong already."""
    kinds = selectors.dictionary("unit_kind")
    if kind not in kinds:
        raise BadInput(
            _("没有「%(kind)s」这种单位类型。") % {"kind": kind},
            how=_("可用：%(names)s。") % {"names": "、".join(map(str, kinds.values()))},
        )
    if uscc.strip():
        check_code(uscc.strip())
    audit.remark(kind=kind, uscc=uscc.strip())


@verb("projects.add_unit", permission=may_edit, need=NEED_OWN, subject="project")
def record_unit(actor: Actor, project: Project, kind: str, *, uscc: str, name: str, told: Told) -> ProjectUnit:
    """Write a unit down with what the base told of it. The same unit in the same part again is the same row."""
    uscc, name = uscc.strip(), name.strip()
    if not name and told.person is None:
        raise BadInput(_("没有填单位名称。"), where=told.note or uscc, how=_("请填单位全称。"))
    same = {"uscc": uscc} if uscc else {"uscc": "", "name": name}
    unit = ProjectUnit.objects.filter(project=project, kind=kind, ended=False, **same).first() or ProjectUnit(
        project=project, kind=kind, **same
    )
    for field, value in _facts(told, name or unit.name).items():
        setattr(unit, field, value)
    unit.save()
    audit.remark(kind=kind, uscc=uscc, name=unit.name, verified=unit.verified)
    events.emit(actor, "projects.unit_added", project, kind=kind, uscc=uscc)
    return unit


def verify_unit(actor: Actor, unit: ProjectUnit) -> ProjectUnit:
    """Ask the legal-person base again, outside of transactions. Raises ``Conflict`` when it does not answer; what is known stays."""
    ask_register(actor, unit.project, unit.kind, uscc=unit.uscc)
    if not unit.uscc:
        raise Conflict(_("没有统一社会信用代码的单位无法核验。"), where=unit.name, how=_("请补填代码后再核验。"))
    told = look_up(unit.uscc)
    if told.person is None:
        raise Conflict(_("法人库现在查不到。"), where=told.note or unit.name, how=_("请稍后再核验。"))
    return record_unit(actor, unit.project, unit.kind, uscc=unit.uscc, name=unit.name, told=told)


@verb("projects.end_unit", permission=may_edit, need=NEED_OWN)
def end_unit(actor: Actor, unit: ProjectUnit) -> ProjectUnit:
    """Say that a unit takes part no longer; it stays in the history."""
    unit.ended = True
    unit.save(update_fields=["ended"])
    events.emit(actor, "projects.unit_ended", unit.project, uscc=unit.uscc)
    return unit


def look_up(uscc: str) -> Told:
    """What the first legal-person base that answers has; ``BadInput`` when it knows better. Of none that answers, the note says why."""
    check_code(uscc)
    notes = []
    for base in legal_persons.all():
        try:
            found = base.find(uscc)
        except ConnectionError as error:
            notes.append(str(error))
            continue
        if found is None:
            raise BadInput(_("法人库里没有 %(code)s。") % {"code": uscc}, how=_("请核对代码，或请单位先办理登记。"))
        if found.state in ("注销", "吊销"):
            raise BadInput(
                _("「%(name)s」已%(state)s。") % {"name": found.name, "state": found.state}, where=uscc, how=_("请换成存续的单位。")
            )
        return Told(found)
    return Told(note="；".join(notes) or _("没有接通法人库"))


def _facts(told: Told, name: str) -> dict[str, object]:
    if told.person is None:
        return {"name": name, "verified": False, "register_state": "", "verified_at": None, "register_note": told.note[:300]}
    person = told.person
    return {
        "name": person.name,
        "verified": True,
        "register_state": person.state,
        "verified_at": timezone.now(),
        "register_note": "",
    }
