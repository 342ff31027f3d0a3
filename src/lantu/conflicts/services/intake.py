"""Taking the findings of a run in: open, keep, verify, reopen. In chunks that may be done again; the intake counts once it is done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.blueprints.models import Finding, FusionRun
from lantu.blueprints.papers import is_demo
from lantu.conflicts.models import CaseEvent, ConflictCase, Intake
from lantu.conflicts.pack import offices_of, resolution
from lantu.conflicts.services.moves import event, move, move_many, write
from lantu.conflicts.states import DISMISSED, UNDECIDED, State
from lantu.core import audit, events, jobs, numbers
from lantu.core.actor import Actor
from lantu.core.errors import Conflict
from lantu.core.models import Job, OutboxEvent
from lantu.core.permissions import has_role
from lantu.core.verbs import verb
from lantu.plans.models import PlanRelease

CHUNK = 200
ABSENT_CHUNK = 100
"""Cases that are no more are written one by one."""
PLANNER = has_role("planner")
NEED = gettext_lazy("立案须由规划经办人办理。")


@events.subscribe("blueprints.run_done")
def _run_done(event: OutboxEvent, actor: Actor) -> None:
    """A run that counts is taken in by itself."""
    run = FusionRun.objects.get(pk=event.subject_id)
    if event.payload["purpose"] == FusionRun.Purpose.BLUEPRINT and why_not(run) is None:
        _enqueue(actor, run)


def why_not(run: FusionRun) -> str | None:
    """Why a run does not count for the cases; None when it does.

    A run over fewer plans, over plans that have been replaced, or by the other reading would close cases that it knows nothing of.
    """
    if run.state != FusionRun.State.DONE:
        return _("融合 %(run)s 还没有完成。") % {"run": run.number}
    if run.purpose != FusionRun.Purpose.BLUEPRINT:
        return _("融合 %(run)s 是合规性预检，不立案。") % {"run": run.number}
    if run.releases.filter(state=PlanRelease.State.SUPERSEDED).exists():
        return _("融合 %(run)s 用了已被替代的规划成果。") % {"run": run.number}
    last = Intake.objects.exclude(run=run).filter(done_at__isnull=False).select_related("run").first()
    if last is None:
        return None
    if run.pk < last.run_id:
        return _("融合 %(run)s 早于已立案的 %(last)s。") % {"run": run.number, "last": last.run.number}
    if run.reading != last.run.reading:
        return _("融合 %(run)s 的口径与已立案的 %(last)s 不同。") % {"run": run.number, "last": last.run.number}
    if missing := sorted(layers_of(last.run) - layers_of(run)):
        return _("融合 %(run)s 缺少图层 %(layers)s。") % {"run": run.number, "layers": "、".join(missing)}
    return None


def layers_of(run: FusionRun) -> frozenset[str]:
    """Layer codes that were in a run."""
    return frozenset(run.releases.values_list("layer_code", flat=True))


@verb("conflicts.take_in", permission=PLANNER, need=NEED, subject="run")
def take_in(actor: Actor, run: FusionRun) -> Job:
    """Lay the findings of a run against the cases, as a job. Raises ``Conflict`` when the run does not count or was taken in before."""
    if (reason := why_not(run)) is not None:
        raise Conflict(reason, how=_("请用现行的全部规划成果重新融合。"), where=run.number)
    if Intake.objects.filter(run=run, done_at__isnull=False).exists():
        raise Conflict(_("融合 %(run)s 已经立案。") % {"run": run.number}, how=_("案件见冲突与协调。"), where=run.number)
    return _enqueue(actor, run)


def _enqueue(actor: Actor, run: FusionRun) -> Job:
    intake, _new = Intake.objects.get_or_create(run=run)
    job = jobs.enqueue(actor, "conflicts.take_in", _("按融合 %(run)s 立案") % {"run": run.number}, subject=run, intake=intake.pk)
    intake.job_id = job.pk
    intake.save(update_fields=["job_id"])
    return job


@jobs.job_kind("conflicts.take_in")
def take_in_job(context: jobs.JobContext, intake: int) -> dict[str, Any]:
    """Carry an intake out. A killed worker leaves whole chunks behind, counted; the next attempt passes over them."""
    row = Intake.objects.select_related("run").get(pk=intake)
    if row.done_at is None:
        IntakeWork(context.actor, row).carry_out(context)
    return {name: getattr(row, name) for name in COUNTS}


COUNTS = ("opened", "reopened", "kept", "verified", "vanished", "still_hit")


@verb("conflicts.finish_intake", permission=PLANNER, need=NEED, subject="intake")
def finish_intake(actor: Actor, intake: Intake) -> Intake:
    """The one row that makes an intake count."""
    intake.done_at = timezone.now()
    intake.save()
    audit.remark(run=intake.run.number, **{name: getattr(intake, name) for name in COUNTS})
    events.emit(actor, "conflicts.taken_in", intake, run=intake.run_id, **{name: getattr(intake, name) for name in COUNTS})
    return intake


class IntakeWork:
    """One intake being carried out."""

    def __init__(self, actor: Actor, intake: Intake) -> None:
        self.actor, self.intake, self.run = actor, intake, intake.run
        self.demo = is_demo(self.run)
        self.decided = frozenset(self.run.overrides.values_list("number", flat=True))
        self.consult: dict[str, list[str]] = resolution().get("consult") or {}
        self.offices: dict[tuple[str, ...], list[str]] = {}

    def carry_out(self, context: jobs.JobContext) -> None:
        findings = Finding.objects.filter(run=self.run, listing=Finding.Listing.CONFLICT).defer("geometry", "area_account")
        total, done = findings.count(), 0
        for part in _chunks(findings):
            with jobs.chunk():
                self._lay(part)
                self.intake.save(update_fields=COUNTS)
            done += len(part)
            context.progress(0.9 * done / max(1, total), _("对照案件"))
        children = self._children()
        last: int | None = 0
        while last is not None:
            with jobs.chunk():
                last = self._absent(children, last)
                self.intake.save(update_fields=COUNTS)
            context.progress(0.95, _("整理结果"))
        with context.finish({name: getattr(self.intake, name) for name in COUNTS}):
            finish_intake(self.actor, self.intake)

    # -- findings that are there

    def _lay(self, findings: Sequence[Finding]) -> None:
        identities = [finding.identity for finding in findings]
        last = {case.identity: case for case in ConflictCase.objects.filter(identity__in=identities).select_for_update().order_by("pk")}
        kept, fresh = [], []
        for finding in findings:
            case = last.get(finding.identity)
            if case is None or (not case.open and not self._stays_dismissed(case, finding)):
                fresh.append((finding, case))
            else:
                kept.append((finding, case))
        self._keep(kept)
        self._open(fresh)

    def _stays_dismissed(self, case: ConflictCase, finding: Finding) -> bool:
        """A false positive, a duplicate or a settled sliver stays so while its patch is what it was."""
        return case.state in DISMISSED and finding.lineage.get("relation") in ("same", "new") and finding.severity >= case.found_severity

    def _keep(self, pairs: Sequence[tuple[Finding, ConflictCase]]) -> None:
        told = []
        pairs = [(finding, case) for finding, case in pairs if case.finding_id != finding.pk]  # else done by an attempt that was killed
        for finding, case in pairs:
            facts = self._facts(finding, case)
            changes = {name: [getattr(case, name), value] for name, value in facts.items() if name in TOLD and getattr(case, name) != value}
            for name, value in facts.items():
                setattr(case, name, value)
            if case.state == State.APPLIED and case.override_number in self.decided:
                case.still_hit, case.version = True, case.version + 1
                told.append(CaseEvent(**event(self.actor, case, "still_hit", case.state, facts={"run": self.run.number})))
            elif changes:
                case.version += 1
                told.append(CaseEvent(**event(self.actor, case, "found_changed", case.state, facts={"run": self.run.number, **changes})))
        cases = [case for _finding, case in pairs]
        ConflictCase.objects.bulk_update(cases, [*FACTS, "still_hit", "version"], batch_size=100)
        CaseEvent.objects.bulk_create(told)
        self.intake.kept += len(pairs)
        self.intake.still_hit += sum(one.act == "still_hit" for one in told)

    def _open(self, fresh: Sequence[tuple[Finding, ConflictCase | None]]) -> None:
        year = timezone.localdate().year
        keys = [f"{finding.identity}/{finding.run_id}" for finding, _old in fresh]
        taken = numbers.reserve_many(f"conflict-case/{year}", keys)
        rows = [
            ConflictCase(
                number=f"CT-{year}-{taken[key]:04d}",
                identity=finding.identity,
                first_run=self.run,
                reopens=old,
                demo=self.demo,
                **self._facts(finding, None),
            )
            for key, (finding, old) in zip(keys, fresh, strict=True)
        ]
        ConflictCase.objects.bulk_create(rows, batch_size=200)
        CaseEvent.objects.bulk_create(
            [
                CaseEvent(**event(self.actor, case, "reopened" if case.reopens else "opened", "", facts={"run": self.run.number}))
                for case in rows
            ],
            batch_size=500,
        )
        again = sum(old is not None for _finding, old in fresh)
        self.intake.reopened += again
        self.intake.opened += len(rows) - again

    def _facts(self, finding: Finding, case: ConflictCase | None) -> dict[str, Any]:
        """The columns that a case takes from its finding; severity and departments that a person set stay."""
        departments = self._offices((*finding.departments, *self.consult.get(finding.rule, ())))
        judged = case is not None and case.state != State.DETECTED
        severity = case.severity if case is not None and judged and case.severity <= finding.severity else finding.severity
        return {
            "finding": finding,
            "rule": finding.rule,
            "found_severity": finding.severity,
            "severity": severity,
            "sliver": finding.apart,
            "district": finding.district,
            "layers_key": finding.layers_key,
            "departments": case.departments if case is not None and judged else departments,
            "departments_key": case.departments_key if case is not None and judged else departments_key(departments),
            "area_m2": finding.area_m2,
            "anchor_lon": finding.anchor_lon,
            "anchor_lat": finding.anchor_lat,
        }

    def _offices(self, codes: tuple[str, ...]) -> list[str]:
        if codes not in self.offices:
            self.offices[codes] = offices_of(codes)
        return self.offices[codes]

    # -- findings that are no more

    def _absent(self, children: dict[str, ConflictCase], last: int) -> int | None:
        """The next chunk of cases after the key ``last`` that the run did not find; returns its last key, None when there is none."""
        here = layers_of(self.run)
        skipped = set(self.run.totals.get("skipped", {}))
        gone = (
            ConflictCase.objects.filter(open=True, state__in=[*UNDECIDED, State.APPLIED, State.DEFERRED], pk__gt=last)
            .exclude(finding__run=self.run)
            .exclude(rule__in=skipped)
            .select_for_update(of=("self",))
            .order_by("pk")[:ABSENT_CHUNK]
        )
        key = None
        for case in gone:
            key = case.pk
            if not set(filter(None, case.layers_key.split("+"))) <= here:
                continue
            if (child := children.get(case.identity)) is not None and case.state in UNDECIDED:
                move(self.actor, case, State.DUPLICATE, "became", facts={"run": self.run.number, "case": child.number}, duplicate_of=child)
            elif case.state == State.APPLIED:
                self._verify(case)
            else:
                facts = {"run": self.run.number}
                write(self.actor, case, "vanished", facts=facts, state=State.VERIFIED, open=False, verified_run=self.run)
                self.intake.vanished += 1
        return key

    def _verify(self, case: ConflictCase) -> None:
        if case.override_number not in self.decided:
            return
        facts = {"run": self.run.number}
        move(self.actor, case, State.VERIFIED, "verified", facts=facts, verified_run=self.run, still_hit=False)
        self.intake.verified += 1

    def _children(self) -> dict[str, ConflictCase]:
        """Identity of a patch that was split or merged → the case of the largest of what came of it."""
        rows = ConflictCase.objects.filter(finding__run=self.run, open=True).select_related("finding").defer("finding__geometry")
        found: dict[str, tuple[float, ConflictCase]] = {}
        for case in rows.filter(finding__lineage__relation__in=["split", "merge", "changed"]):
            for parent, share in (_parents(case.finding.lineage)).items():
                if parent != case.identity and share > found.get(parent, (0.0, case))[0]:
                    found[parent] = (share, case)
        return {parent: case for parent, (_share, case) in found.items()}


FACTS = (
    "finding", "rule", "found_severity", "severity", "sliver", "district", "layers_key", "departments", "departments_key", "area_m2",
    "anchor_lon", "anchor_lat",
)  # fmt: skip
TOLD = frozenset({"rule", "found_severity", "area_m2", "layers_key", "district"})


def departments_key(codes: Sequence[str]) -> str:
    """Codes in one text that can be searched: ``|GH|GT|``."""
    return f"|{'|'.join(codes)}|" if codes else ""


def _parents(lineage: dict[str, Any]) -> dict[str, float]:
    parents = lineage.get("parents") or []
    if isinstance(parents, dict):
        return {str(key): float(value) for key, value in parents.items()}
    return {str(key): 1.0 for key in parents}


def _chunks(findings: Any) -> Iterator[list[Finding]]:
    last = 0
    while part := list(findings.filter(pk__gt=last).order_by("pk")[:CHUNK]):
        yield part
        last = part[-1].pk


@events.subscribe("blueprints.published")
def _published(event_: OutboxEvent, actor: Actor) -> None:
    """What is verified by the published run, or an earlier one, goes into that version of the map."""
    from lantu.blueprints.models import BlueprintRelease

    release = BlueprintRelease.objects.get(pk=event_.subject_id)
    cases = list(ConflictCase.objects.filter(state=State.VERIFIED, verified_run_id__lte=release.run_id).select_for_update().order_by("pk"))
    for first in range(0, len(cases), CHUNK):
        move_many(actor, cases[first : first + CHUNK], State.ARCHIVED, "archived", note=release.number, release=release)


def mark_changed(cases: Sequence[int]) -> None:
    """Count a change of cases whose related rows changed, so that whoever had them open is told."""
    ConflictCase.objects.filter(pk__in=cases).update(version=F("version") + 1)
