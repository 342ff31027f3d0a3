"""Quality checks of a delivery, repairs and waivers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.core.actor import Actor
from lantu.core.audit import remark
from lantu.core.errors import BadInput, Conflict
from lantu.core.jobs import JobContext, job_kind
from lantu.core.verbs import verb
from lantu.plans import inspection
from lantu.plans.models import Delivery, DeliveryFeature, QualityFinding, RepairLog, Waiver
from lantu.plans.permissions import NEED_CHECKER, NEED_PLANNER, is_second_person, may_bring
from lantu.plans.scoring import score_of
from lantu.plans.services.datasets import save_profile
from lantu.plans.services.mapping import Fields, map_as_said
from lantu.plans.services.states import State, locked, step

Tell = Callable[[float, str], None]


def check_delivery(actor: Actor, delivery: Delivery, *, tell: Tell = lambda share, step: None) -> Delivery:
    """Run the quality checks of the pack over the features that go in; findings replace those of an earlier run. Raises ``Conflict``."""
    current = Delivery.objects.get(pk=delivery.pk)
    found = inspection.inspect_features(current, tell)
    return _record(actor, delivery, found=found)


@verb("plans.check_delivery", permission=may_bring, need=NEED_PLANNER, subject="delivery")
def _record(actor: Actor, delivery: Delivery, *, found: list[QualityFinding]) -> Delivery:
    current = locked(delivery, State.MAPPED, State.CHECKED)
    if pending := current.account.get("pending"):
        raise Conflict(_("还有 %(n)s 个要素没有归类。") % {"n": pending}, how=_("请在「对照」一步给出归类，或标为「未归类」入库。"))
    current.quality_findings.all().delete()
    for finding in found:
        finding.delivery, finding.run = current, current.current_run
    QualityFinding.objects.bulk_create(found, batch_size=500)
    current.checked_at, current.score = timezone.now(), score_of(current)
    remark(findings=len(found), errors=sum(finding.level == QualityFinding.Level.ERROR for finding in found))
    return step(current, State.CHECKED, "checked_at", "score")


@job_kind("plans.check_delivery")
def _job(context: JobContext, delivery: int) -> dict[str, Any]:
    done = check_delivery(context.actor, Delivery.objects.get(pk=delivery), tell=context.progress)
    return {"delivery": done.pk, "findings": done.quality_findings.count()}


@dataclass(frozen=True, slots=True)
class Said:
    """What a person says on the mapping page. ``changed``: it differs from what is mapped; ``check``: go on to the checks."""

    fields: Fields
    codes: dict[str, str]
    changed: bool = True
    check: bool = False


def map_and_check(actor: Actor, delivery: Delivery, said: Said, tell: Tell = lambda share, step: None) -> Delivery:
    """Map as said (unless that is so already); then, if wanted, keep it as the source's profile and run the checks."""
    half, done = (0.5 if said.check else 1.0), delivery
    if said.changed or done.state == State.INSPECTED:
        done = map_as_said(actor, done, said.fields, said.codes, tell=lambda share, step: tell(half * share, step))
    if said.check:
        save_profile(actor, done, (done.detected.get("profile") or {}).get("name") or "")
        done = check_delivery(actor, done, tell=lambda share, step: tell(half + half * share, step))
    return done


@job_kind("plans.map_and_check")
def _map_and_check(context: JobContext, delivery: int, said: dict[str, Any]) -> dict[str, Any]:
    found = Delivery.objects.select_related("dataset").get(pk=delivery)
    done = map_and_check(context.actor, found, Said(**said), context.progress)
    return {"delivery": done.pk, **done.account}


@verb("plans.waive", permission=is_second_person, need=NEED_CHECKER, subject="delivery")
def waive(actor: Actor, delivery: Delivery, check_code: str, reason: str) -> Waiver:
    """A second person lets a delivery pass in spite of the errors of one check, with a reason.

    It holds for this run of the mapping only. Raises ``BadInput``.
    """
    current = locked(delivery, State.CHECKED)
    if not reason.strip():
        raise BadInput(_("没有填放行理由。"), how=_("请说明为什么可以带着这些错误入库。"))
    if not current.quality_findings.filter(check_code=check_code, run=current.current_run).exists():
        raise BadInput(_("检查项 %(code)s 没有发现问题，不用放行。") % {"code": check_code}, how=_("请核对检查项。"))
    remark(check=check_code, reason=reason)
    waiver, _created = Waiver.objects.update_or_create(
        delivery=current,
        run=current.current_run,
        check_code=check_code,
        defaults={"reason": reason.strip()[:400], "waived_by_id": actor.user_id, "waived_by_name": actor.name},
    )
    return waiver


@verb("plans.repair_feature", permission=may_bring, need=NEED_PLANNER, subject="feature")
def repair_feature(actor: Actor, feature: DeliveryFeature) -> RepairLog:
    """Make an invalid polygon valid and log the change of area; the delivery is to be checked again.

    A change over the pack's limit is refused (``Conflict``).
    """
    delivery = locked(feature.delivery, State.MAPPED, State.CHECKED)
    proposal = inspection.repair_of(feature)
    if proposal is None:
        raise BadInput(_("第 %(row)s 行的图形没有错。") % {"row": feature.row}, how=_("不用修复。"))
    if proposal.geometry is None:
        limit = inspection.thresholds().repair_share
        raise Conflict(
            _("自动修复会使第 %(row)s 行的面积变化 %(change).2f %%，超过 %(limit).2f %% 的上限。")
            % {"row": feature.row, "change": proposal.change_share * 100, "limit": limit * 100},
            how=_("请在源数据中改正后重新入库。"),
        )
    feature.geometry = proposal.geometry
    feature.save()
    delivery.quality_findings.filter(check_code="Q06", rows=[feature.row]).update(repaired=True)
    step(delivery, State.MAPPED)
    remark(row=feature.row, before=proposal.before_m2, after=proposal.after_m2)
    return RepairLog.objects.create(
        delivery=delivery,
        row=feature.row,
        method=proposal.method,
        area_before_m2=proposal.before_m2,
        area_after_m2=proposal.after_m2,
        repaired_by_name=actor.name,
    )
