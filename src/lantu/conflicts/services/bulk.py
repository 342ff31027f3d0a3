"""One verb on many cases (批量办理): by filter or by choice, here and now or as a job. Each ends with: done n, refused m with the rows.

A bulk act goes through its cases in order of their keys, a chunk per transaction, and remembers how far it is: after a killed worker it
goes on there, and no case is done twice. Chunks are as large as is done in ``CHUNK_SECONDS``, so that others get to write in between.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.casework.models import Meeting
from lantu.conflicts.models import Batch, BulkAct, ConflictCase
from lantu.conflicts.services import applying, batches, meetings, proposing, triage
from lantu.conflicts.services.moves import allow, move_many
from lantu.conflicts.states import State
from lantu.core import audit, jobs
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, LantuError
from lantu.core.permissions import has_role
from lantu.core.verbs import verb

AT_ONCE = 100
"""Up to so many cases are done in the request; more become a job."""
CHUNK = 200
FIRST_CHUNK = 20
CHUNK_SECONDS = 0.5
KEPT_ROWS = 1000

Refusals = list[tuple[ConflictCase, str]]
Step = Callable[[Actor, Sequence[ConflictCase], dict[str, Any]], Refusals]
PLANNER = has_role("planner")
NEED = gettext_lazy("批量办理须由规划经办人办理。")


@dataclass(frozen=True, slots=True)
class Kind:
    """A verb that may be done in bulk. ``needs``: the parameter that says what the cases are put on, a key of ``TARGETS``."""

    title: str | Promise
    step: Step
    needs: str = ""


TARGETS: dict[str, type[Batch | Meeting]] = {"batch": Batch, "meeting": Meeting}


def _target(name: str, params: dict[str, Any]) -> Any:
    row = TARGETS[name]._default_manager.filter(pk=params.get(name) or 0).first()
    if row is None:
        raise BadInput(_("没有选问题清单或会议。"), how=_("请先新编问题清单，或召集协调会。"))
    return row


def _each(work: Callable[[Actor, ConflictCase, dict[str, Any]], Any]) -> Step:
    """A step that does a case's own verb, one savepoint per case; what is refused says why."""

    def step(actor: Actor, cases: Sequence[ConflictCase], params: dict[str, Any]) -> Refusals:
        refused: Refusals = []
        for case in cases:
            try:
                with transaction.atomic():
                    work(actor, case, params)
            except LantuError as error:
                refused.append((case, str(error)))
        return refused

    return step


def _together(
    then: str,
    act: str,
    check: Callable[[ConflictCase], None],
    values: Callable[[dict[str, Any]], dict[str, Any]] = lambda params: {},
) -> Step:
    """A step that takes all cases of a chunk that may go there to a state at once."""

    def step(actor: Actor, cases: Sequence[ConflictCase], params: dict[str, Any]) -> Refusals:
        refused: Refusals = []
        going = []
        for case in cases:
            try:
                check(case)
                allow(case, then)
                going.append(case)
            except LantuError as error:
                refused.append((case, str(error)))
        move_many(actor, going, then, act, note=str(params.get("note", "")), **values(params))
        return refused

    return step


def _list_values(params: dict[str, Any]) -> dict[str, Any]:
    batch = batches.open_batch(_target("batch", params))
    return {"batch": batch, "due": batch.deadline}


def _propose(actor: Actor, case: ConflictCase, params: dict[str, Any]) -> None:
    options = proposing.options_of(case)
    if not options:
        raise BadInput(_("没有可用的处理方案。"), where=case.number, how=_("请逐件办理。"))
    severities = {hit["rule"]: hit["severity"] for hit in case.finding.hits}
    if grave := [rule for rule in options[0].still_hit if rule == case.rule or severities.get(rule) == 1]:
        raise BadInput(_("方案 A 仍命中 %(rules)s。") % {"rules": "、".join(grave)}, where=case.number, how=_("请逐件办理。"))
    proposing.propose(actor, case, "A")


KINDS: dict[str, Kind] = {
    "triage": Kind(gettext_lazy("甄别"), _together(State.TRIAGED, "triaged", triage.check_triageable)),
    "list": Kind(gettext_lazy("列入问题清单"), _together(State.LISTED, "listed", lambda case: None, _list_values), "batch"),
    "ask": Kind(gettext_lazy("征求意见"), _each(lambda actor, case, params: batches.ask_departments(actor, case))),
    "propose": Kind(gettext_lazy("提出方案 A"), _each(_propose)),
    "meeting": Kind(
        gettext_lazy("上协调会"),
        _each(lambda actor, case, params: meetings.to_meeting(actor, case, _target("meeting", params))),
        "meeting",
    ),
    "apply": Kind(gettext_lazy("落图"), _each(lambda actor, case, params: applying.apply_case(actor, case))),
}


@verb("conflicts.start_bulk", permission=PLANNER, need=NEED)
def start_bulk(actor: Actor, act: str, *, cases: Sequence[int] = (), query: str = "", **params: Any) -> BulkAct:
    """Do ``act`` on the cases with these keys, or on all that a list's ``query`` (its address's query string) gives.

    Up to ``AT_ONCE`` cases it is done when this returns, else it has a job. Raises ``BadInput`` for an unknown act, no cases, a filter that
    the list would pass over, or nothing to put the cases on.
    """
    from lantu.conflicts.tables import check_filters

    if act not in KINDS:
        raise BadInput(_("没有批量办理「%(act)s」。") % {"act": act}, how=_("可选：%(all)s。") % {"all": "、".join(KINDS)})
    if not cases and not query:
        raise BadInput(_("没有选案件。"), how=_("请勾选案件，或选全部。"))
    check_filters(QueryDict(query))
    if needs := KINDS[act].needs:
        _target(needs, params)
    if act == "list":
        _list_values(params)
    row = BulkAct(
        act=act,
        title=str(KINDS[act].title),
        params={"cases": list(cases), "query": query, **params},
        by_id=actor.user_id,
        by_name=actor.name,
    )
    chosen = _cases(row)
    row.total = chosen.count()
    if not row.total:
        raise BadInput(_("没有选案件。"), how=_("请勾选案件，或选全部。"))
    # what the filter gives later than now is not meant
    row.params["last"] = chosen.order_by("-pk").values_list("pk", flat=True)[0]
    row.save()
    if row.total > AT_ONCE:
        title = _("%(act)s %(n)s 件") % {"act": row.title, "n": row.total}
        row.job_id = jobs.enqueue(actor, "conflicts.bulk", title, subject=row, bulk=row.pk).pk
        row.save(update_fields=["job_id"])
    else:
        _run(actor, row, lambda share: None)
        finish_bulk(actor, row)
    audit.remark(bulk=row.pk, act=act, total=row.total, query=query)
    return row


@verb("conflicts.finish_bulk", permission=PLANNER, need=NEED, subject="row")
def finish_bulk(actor: Actor, row: BulkAct) -> BulkAct:
    """Write down that a bulk act is through."""
    row.finished_at = timezone.now()
    row.save()
    audit.remark(done=row.done, refused=row.refused)
    return row


@jobs.job_kind("conflicts.bulk")
def bulk_job(context: jobs.JobContext, bulk: int) -> dict[str, Any]:
    """Carry a bulk act out; after a killed worker, from where it was."""
    row = BulkAct.objects.get(pk=bulk)
    if row.finished_at is None:
        _run(context.actor, row, lambda share: context.progress(share, _("已办 %(n)s 件") % {"n": row.done + row.refused}))
        with context.finish({"done": row.done, "refused": row.refused}):
            finish_bulk(context.actor, row)
    return {"done": row.done, "refused": row.refused}


def _cases(row: BulkAct) -> QuerySet[ConflictCase]:
    """The cases that a bulk act is about, in order of their keys."""
    from lantu.conflicts.tables import filtered

    keys = row.params.get("cases") or []
    if keys:
        return ConflictCase.objects.filter(pk__in=keys).order_by("pk")
    return filtered(QueryDict(row.params.get("query", ""))).order_by("pk")


def _run(actor: Actor, row: BulkAct, tell: Callable[[float], None]) -> None:
    kind, size = KINDS[row.act], min(CHUNK, FIRST_CHUNK)
    while True:
        with jobs.chunk():
            began = time.monotonic()
            left = _cases(row).filter(pk__gt=row.last_case, pk__lte=row.params["last"])
            keys = list(left.values_list("pk", flat=True)[:size])
            if not keys:
                return
            cases = list(ConflictCase.objects.filter(pk__in=keys).select_for_update().order_by("pk"))
            refused = kind.step(actor, cases, row.params)
            row.done += len(cases) - len(refused)
            row.refused += len(refused)
            row.rows = [*row.rows, *([case.number, why] for case, why in refused)][:KEPT_ROWS]
            row.last_case = keys[-1]
            row.save(update_fields=["done", "refused", "rows", "last_case"])
            size = max(1, min(CHUNK, int(size * CHUNK_SECONDS / (time.monotonic() - began))))
        tell((row.done + row.refused) / max(1, row.total))
