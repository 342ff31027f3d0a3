"""From draft to application: sign, file, amend, withdraw, rate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.approvals.catalogue.forms import json_schema, problems
from lantu.approvals.events import ENDED
from lantu.approvals.models import CoSignature, Draft, FormData, Material, Membership, Rating, StageApplication
from lantu.approvals.rights import NEED_APPLICANT, NEED_MEMBER, is_member, may_apply, may_prepare
from lantu.approvals.selectors import applicants
from lantu.approvals.selectors.dossier import HELD, LATER
from lantu.approvals.selectors.drafts import Prepared
from lantu.approvals.selectors.readiness import readiness
from lantu.approvals.services.cases import withdraw
from lantu.approvals.services.drafting import locked
from lantu.approvals.services.filing import open_application
from lantu.approvals.services.materials import OPEN_FOR_APPLICANT, due_of
from lantu.approvals.services.window import lock
from lantu.casework.services import notify
from lantu.core.actor import Actor
from lantu.core.audit import remark
from lantu.core.errors import BadInput, Conflict, Refused
from lantu.core.events import emit
from lantu.core.verbs import verb

NEED_OWN_CASE = gettext_lazy("须由本申请的申报单位办理。")


@verb("approvals.sign_draft", permission=is_member, need=NEED_MEMBER, subject="draft")
def sign_draft(actor: Actor, draft: Draft) -> CoSignature:
    """Sign what is about to be filed (共同签署), as an owner of the unit. A later change makes the signature void.

    Raises ``Refused`` for an agent, ``Conflict`` while something other than the signature is missing.
    """
    row = locked(draft)
    member = _member(actor, row)
    if member.kind != Membership.Kind.OWNER:
        raise Refused(_("须由单位管理人签署。"), where=row.applicant.name, how=_("请单位管理人登录后签署。"))
    prepared = Prepared(row)
    _need_ready(prepared, member)
    made, _new = CoSignature.objects.get_or_create(
        draft=row, member=member, digest=prepared.digest(), defaults={"signed_by_name": actor.name}
    )
    notify(actor, [row.created_by_id or 0], _("申报已由单位管理人签署，可以提交"), row.get_absolute_url(), key=f"signed:{made.pk}")
    return made


@verb("approvals.file_draft", permission=may_prepare, need=NEED_MEMBER, subject="draft")
def file_draft(actor: Actor, draft: Draft) -> StageApplication:
    """File the draft (提交申报) at any hour: one application for all items, with its form and materials.

    Raises ``Conflict`` with every gap (``values["gaps"]``), or when another release of the catalogue has come into force since.
    """
    row = locked(draft)
    if row.definition.state != row.definition.State.PUBLISHED:
        raise Conflict(_("事项库已换版，请先按新版核对草稿。"), how=_("在草稿页点「按新版核对」，所填内容保留。"), code="other-release")
    prepared = Prepared(row)
    ready = _need_ready(prepared, None if actor.role == "system" else _member(actor, row))
    application = open_application(
        actor, row.project, row.stage, row.project_class, prepared.facts, definition_row=row.definition, applicant=row.applicant
    )
    FormData.objects.create(
        application=application,
        answers={code: value for code, value in row.answers.items() if code in prepared.values},
        derived={one.code: row.derived[one.code] for one in prepared.form if one.code in row.derived},
        schema=json_schema(prepared.form, title=prepared.definition.stages[row.stage].name_zh),
        site=row.site,
        by_name=actor.name,
    )
    Material.objects.filter(draft=row).update(application=application)
    for have in ready.materials:
        if have.state == HELD and have.held is not None and not have.rows:
            Material.objects.create(
                draft=row, application=application, code=have.need.code, version=_next_version(row, have.need.code),
                source=have.held[0], reference=have.held[1][:300], by_name=actor.name,
            )  # fmt: skip
        elif have.state == LATER:
            for one in have.rows:
                one.due_on = due_of(dict(have.need.row), application.received_on)
                one.save(update_fields=["due_on"])
    row.state, row.application = Draft.State.FILED, application
    row.save(update_fields=["state", "application", "changed_at"])
    remark(number=application.number, received_on=application.received_on.isoformat())
    emit(actor, "approvals.form_filed", application, number=1)
    draft.refresh_from_db()
    return application


@verb("approvals.amend_form", permission=may_apply, need=NEED_APPLICANT, subject="application")
def amend_form(actor: Actor, application: StageApplication, answers: Mapping[str, Any]) -> FormData:
    """Change the form of a filed application (修改申请表), as a new version: before acceptance, or when a correction is asked.

    Raises ``BadInput`` for values that the form it was filed with does not take, ``Conflict`` when nothing may be changed now.
    """
    row = lock(application)
    before = row.forms.order_by("-number").first()
    if before is None or not row.branches.filter(state__in=OPEN_FOR_APPLICANT).exists():
        raise Conflict(_("现在不能修改申请表。"), where=row.number, how=_("受理之后只有在补正时才能修改。"))
    form = filed_form(row)
    locked_fields = {one.code for one in form if one.locked and one.code in before.derived}
    if wrong := [code for code in answers if code in locked_fields]:
        raise BadInput(_("%(codes)s 由平台取得，不能改填。") % {"codes": "、".join(wrong)}, how=_("如有误，请在来源处更正。"))
    made = FormData(
        application=row, number=before.number + 1, answers={**before.answers, **answers}, derived=before.derived, schema=before.schema,
        site=before.site, by_name=actor.name,
    )  # fmt: skip
    if found := problems(form, made.values):
        titles = {one.code: one.title for one in form}
        raise BadInput(
            _("有 %(n)s 处须改。") % {"n": len(found)},
            where="；".join(f"{titles.get(one.field, one.field)}：{one.message}" for one in found),
            how=_("请逐处改正。"),
            problems={one.field: one.message for one in found},
        )
    made.save()
    emit(actor, "approvals.form_amended", row, number=made.number)
    return made


def filed_form(application: StageApplication) -> list[Any]:
    """The form by which an application was filed, with the bounds of its project."""
    from lantu.approvals.catalogue import read
    from lantu.approvals.catalogue.forms import one_form
    from lantu.approvals.selectors.prefill import limits_of

    definition = read(application.definition.content)
    items = definition.items_of(application.stage, application.project_class, application.facts)
    return one_form(definition, items, limits_of(definition, application.project))


@verb("approvals.withdraw_stage", permission=may_apply, need=NEED_APPLICANT, subject="application")
def withdraw_stage(actor: Actor, application: StageApplication, reason: str) -> StageApplication:
    """Withdraw the whole application (撤回): every item that has not ended. Raises ``BadInput`` without reason, ``Conflict`` when over."""
    if not reason.strip():
        raise BadInput(_("请写明撤回的原因。"), how=_("请补填。"))
    rows = [row for row in lock(application).branches.order_by("pk") if row.state is not None and row.state not in ENDED]
    if not rows:
        raise Conflict(_("没有可以撤回的事项。"), where=application.number)
    for row in rows:
        withdraw(actor, row, reason)
    application.refresh_from_db()
    return application


@verb("approvals.rate", permission=is_member, need=NEED_OWN_CASE, subject="application")
def rate(actor: Actor, application: StageApplication, score: int, text: str = "") -> Rating:
    """Say how it went (评价), 1 to 5, once, when the stage has its result."""
    if application.state == StageApplication.State.OPEN:
        raise Conflict(_("办结之后才能评价。"), where=application.number)
    if score not in range(1, 6):
        raise BadInput(_("评分为 1 到 5。"), how=_("请改选。"))
    try:
        with transaction.atomic():
            return Rating.objects.create(application=application, score=score, text=text.strip(), by_name=actor.name)
    except IntegrityError as error:
        raise Conflict(_("已经评价过了。"), where=application.number) from error


def _member(actor: Actor, row: Draft) -> Membership:
    found = applicants.membership_in(actor, row.applicant, row.project)
    if found is None:
        raise Refused(_("您不能代表这个申报单位。"), where=row.applicant.name, how=_("请由单位管理人把您加为代理人。"))
    return found


def _need_ready(prepared: Prepared, member: Membership | None) -> Any:
    """The readiness. Raises ``Conflict`` with every gap; for an owner the signature is none, as filing is signing."""
    ready = readiness(prepared, member)
    if ready.gaps:
        raise Conflict(
            _("还有 %(n)s 处没有备齐，不能提交。") % {"n": len(ready.gaps)},
            where="\n".join(gap.message for gap in ready.gaps),
            how=_("请逐处补齐。"),
            code="not-ready",
            gaps=[{"step": gap.step, "code": gap.code, "message": gap.message} for gap in ready.gaps],
        )
    return ready


def _next_version(row: Draft, code: str) -> int:
    last = Material.objects.filter(draft=row, code=code, part=1).order_by("-version").values_list("version", flat=True).first()
    return (last or 0) + 1
