"""Publishing the one map, withdrawing it, and proving that it is still what was published."""

from __future__ import annotations

import re
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.blueprints.models import BlueprintRelease, FusionRun
from lantu.blueprints.ports import GuardVerdict, publication_guards
from lantu.blueprints.selectors.releases import next_numbers
from lantu.blueprints.selectors.statistics import release_statistics
from lantu.blueprints.services.runs import known_engine
from lantu.blueprints.verification import Report, verify_run
from lantu.core import audit, events, jobs
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, Conflict, Refused
from lantu.core.models import Job
from lantu.core.permissions import has_role
from lantu.core.verbs import verb

NUMBER = re.compile(r"\d{1,3}\.\d{1,3}", re.ASCII)


def _check_number(number: str) -> None:
    """A number follows on the last one (0.1, 0.2, 1.0, 1.1, 2.0 …) and is given once."""
    if BlueprintRelease.objects.filter(number=number).exists():
        raise _taken(number)
    minor, major = next_numbers()
    if number not in (minor, major):
        how = _("请用 %(minor)s 或 %(major)s。") % {"minor": minor, "major": major}
        raise Conflict(_("版本号 %(number)s 不接着上一版。") % {"number": number}, how=how)


def _taken(number: str) -> Conflict:
    return Conflict(_("版本号 %(number)s 已经用过。") % {"number": number}, how=_("请用下一个版本号。"))


def ask_guards(run: FusionRun, number: str) -> list[GuardVerdict]:
    """What every guard says of publishing this run under this number."""
    return [guard(run, number) for guard in publication_guards.all()]


@verb("blueprints.publish_release", permission=has_role("publisher"), need=gettext_lazy("发布蓝图须由蓝图发布人办理。"))
def publish_release(actor: Actor, run: FusionRun, number: str, note: str = "") -> BlueprintRelease:
    """Publish a finished run as release ``number`` ("0.1").

    Raises ``BadInput`` for another form of number, ``Refused`` when the publisher started the run, ``Conflict`` when the run is not
    done, a guard says no, or the number is taken.
    """
    number = number.strip()
    if not NUMBER.fullmatch(number):
        raise BadInput(_("版本号「%(number)s」不是“主号.次号”的形式。") % {"number": number}, how=_("请填写如 0.1、1.0 这样的版本号。"))
    if run.state != FusionRun.State.DONE:
        raise Conflict(_("融合 %(run)s 还没有完成。") % {"run": run.number}, how=_("请等融合完成后再发布。"))
    if run.purpose != FusionRun.Purpose.BLUEPRINT:
        raise Conflict(_("%(run)s 是合规性预检，不能发布。") % {"run": run.number}, how=_("请先采用新规划成果，再融合发布。"))
    if actor.user_id is not None and actor.user_id == run.started_by_id:
        raise Refused(_("发布人不能发布自己发起的融合。"), where=run.number, how=_("请由另一位蓝图发布人发布。"))
    verdicts = ask_guards(run, number)
    failed = [verdict for verdict in verdicts if not verdict.passed]
    if failed:
        raise Conflict(_("发布前核查没有通过。"), where="；".join(v.text for v in failed), how=_("请先处理以上事项。"), code="guarded")
    _check_number(number)
    audit.remark(run=run.number, digest=run.digest, guards=[{"guard": v.guard, "text": v.text} for v in verdicts])
    try:
        with transaction.atomic():
            release = BlueprintRelease.objects.create(
                number=number,
                run=run,
                digest=run.digest,
                statistics=release_statistics(run),
                guards=[{"guard": v.guard, "passed": v.passed, "text": v.text} for v in verdicts],
                note=note.strip(),
                published_at=timezone.now(),
                published_by_id=actor.user_id,
                published_by_name=actor.name,
            )
    except IntegrityError:
        raise _taken(number) from None
    events.emit(actor, "blueprints.published", release, number=number, run=run.pk, digest=run.digest)
    return release


@verb("blueprints.withdraw", permission=has_role("publisher"), need=gettext_lazy("撤回蓝图须由蓝图发布人办理。"), subject="release")
def withdraw(actor: Actor, release: BlueprintRelease, reason: str) -> BlueprintRelease:
    """Take a release out of force, with the reason. It stays readable; what was decided on it keeps its reference."""
    if not reason.strip():
        raise BadInput(_("没有写明撤回原因。"), where=release.number, how=_("请写明撤回原因和依据的文件。"))
    release.refresh_from_db(from_queryset=BlueprintRelease.objects.select_for_update())
    if release.state != BlueprintRelease.State.PUBLISHED:
        raise Conflict(_("版本 %(number)s 已经撤回。") % {"number": release.number})
    release.state = BlueprintRelease.State.WITHDRAWN
    release.withdrawn_at, release.withdrawn_by_name, release.withdrawn_reason = timezone.now(), actor.name, reason.strip()
    release.save()
    events.emit(actor, "blueprints.withdrawn", release, number=release.number, reason=reason.strip())
    return release


VERIFIERS = has_role("planner", "checker", "publisher", "supervisor", "auditadmin")
VERIFY_NEED = gettext_lazy("核验蓝图须由规划、发布、督查或审计岗位办理。")


@verb("blueprints.verify_release", permission=VERIFIERS, need=VERIFY_NEED, subject="release")
def verify_release(actor: Actor, release: BlueprintRelease, engine: str = "") -> Job:
    """Have the release fused again by ``engine`` (default: the one it was made by) and compared; the report stands on its page."""
    engine = engine or release.run.engine
    known_engine(engine)
    title = _("核验蓝图 %(number)s") % {"number": release.number}
    return jobs.enqueue(actor, "blueprints.verify", title, subject=release, release=release.pk, engine=engine)


@verb("blueprints.record_verification", permission=VERIFIERS, need=VERIFY_NEED, subject="release")
def record_verification(actor: Actor, release: BlueprintRelease, report: Report) -> BlueprintRelease:
    """Write down what a verification found."""
    release.verified_at, release.verified_report = timezone.now(), report.as_dict()
    release.save(update_fields=["verified_at", "verified_report"])
    audit.remark(release=release.number, **report.as_dict())
    return release


@jobs.job_kind("blueprints.verify")
def verify_job(context: jobs.JobContext, release: int, engine: str) -> dict[str, Any]:
    """Verify in the background."""
    row = BlueprintRelease.objects.select_related("run").get(pk=release)
    report = verify_run(row.run, engine, expected=row.digest, progress=context.progress)
    record_verification(context.actor, row, report)
    return report.as_dict()
