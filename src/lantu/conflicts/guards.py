"""The publication guard: from 1.0 on every critical case is applied or deferred by a document (domain 2.5)."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from lantu.blueprints.models import FusionRun
from lantu.blueprints.ports import GuardVerdict
from lantu.conflicts.models import ConflictCase, Intake
from lantu.conflicts.services.moves import numbers_of
from lantu.conflicts.states import State

NAME = "conflicts"
FIRST_FULL = (1, 0)
CRITICAL = Q(severity=1) | Q(found_severity=1)


def critical_cases(run: FusionRun, number: str) -> GuardVerdict:
    """May ``run`` go out as ``number``? Drafts before 1.0 may."""
    if tuple(int(part) for part in number.split(".")) < FIRST_FULL:
        return GuardVerdict(NAME, True, _("草案版本，不核查一级案件。"))
    if (taken_in := Intake.objects.filter(run=run).first()) is None:
        return GuardVerdict(NAME, False, _("融合 %(run)s 还没有对照案件，请先立案。") % {"run": run.number})
    if taken_in.done_at is None:
        return GuardVerdict(NAME, False, _("融合 %(run)s 的案件对照还没有做完，做完即可发布，请稍候。") % {"run": run.number})
    if blocking := list(unsettled(run)[:200]):
        return GuardVerdict(NAME, False, _("一级案件须已落图或经批复暂缓，还有：%(cases)s。") % {"cases": numbers_of(blocking)})
    done = ConflictCase.objects.filter(CRITICAL)
    facts = {
        "applied": done.filter(state__in=[State.APPLIED, State.VERIFIED, State.ARCHIVED]).count(),
        "deferred": done.filter(state=State.DEFERRED).count(),
        "remaining": ConflictCase.objects.filter(open=True).count(),
    }
    return GuardVerdict(NAME, True, _("一级案件已落图 %(applied)s 件、经批复暂缓 %(deferred)s 件；遗留 %(remaining)s 件。") % facts)


def unsettled(run: FusionRun) -> QuerySet[ConflictCase]:
    """Critical cases that keep ``run`` from going out as a full release: open, not deferred by a document, not applied in this very run."""
    applied_here = Q(state=State.APPLIED, still_hit=False, override_number__in=run.overrides.values("number"))
    deferred = Q(state=State.DEFERRED) & ~Q(document_no="") & Q(document_date__isnull=False)
    return ConflictCase.objects.filter(CRITICAL, open=True).exclude(applied_here).exclude(deferred).order_by("pk")
