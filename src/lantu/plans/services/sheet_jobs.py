"""Taking scans in and placing them as jobs: pages of a large file are drawn one by one, a large picture is turned for seconds."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from lantu.core import files, jobs
from lantu.core.actor import Actor
from lantu.core.audit import remark
from lantu.core.errors import BadInput
from lantu.core.jobs import JobContext, job_kind
from lantu.core.models import Job, StoredFile
from lantu.core.verbs import verb
from lantu.plans.models import PlanDataset, ScanSheet
from lantu.plans.permissions import NEED_PLANNER, may_bring
from lantu.plans.services.intake import NamedStream
from lantu.plans.services.sheets import MOST_PAGES, Point, bring_stored, fit_points, need_pictures, reference_sheet


def page_numbers(text: str) -> list[int]:
    """``1,3-5`` as numbers; empty = all. Raises ``BadInput``."""
    numbers: list[int] = []
    for part in filter(None, text.replace("，", ",").replace("、", ",").replace(" ", "").split(",")):
        first, mark, last = part.partition("-")
        if not first.isdigit() or (mark and not last.isdigit()):
            raise BadInput(_("页码「%(text)s」看不懂。") % {"text": part}, how=_("请写成 1,3-5 这样。"))
        numbers += range(int(first), int(last or first) + 1)[: MOST_PAGES + 1]
    return numbers


@verb("plans.enqueue_sheets", permission=may_bring, need=NEED_PLANNER)
def enqueue_sheets(
    actor: Actor, dataset: PlanDataset, uploads: Sequence[NamedStream], *, pages: Sequence[int] = (), scale: int | None = None
) -> Job:
    """Keep the files and take their pages in as a job. Raises ``BadInput`` when there is no picture among them."""
    need_pictures(uploads)
    given = [(name, files.store(stream).sha256) for name, stream in uploads]
    remark(dataset=dataset.pk, files=[name for name, _digest in given])
    title = _("读入扫描图 %(name)s") % {"name": given[0][0]}
    facts: dict[str, Any] = {"dataset": dataset.pk, "given": given, "pages": list(pages), "scale": scale}
    return jobs.enqueue(actor, "plans.bring_sheets", title, subject=dataset, **facts)


@job_kind("plans.bring_sheets")
def _bring(context: JobContext, dataset: int, given: list[tuple[str, str]], pages: list[int], scale: int | None) -> dict[str, Any]:
    target = PlanDataset.objects.get(pk=dataset)
    stored = StoredFile.objects.in_bulk([digest for _name, digest in given])
    found = [(name, stored[digest]) for name, digest in given]
    made = bring_stored(context.actor, target, found, pages=pages, scale=scale, tell=context.progress)
    return {"sheets": [sheet.pk for sheet in made]}


@verb("plans.enqueue_placing", permission=may_bring, need=NEED_PLANNER, subject="sheet")
def enqueue_placing(actor: Actor, sheet: ScanSheet, *, method: str, epsg: int, points: Sequence[Point], version: int | None = None) -> Job:
    """Place a sheet as a job. Raises ``BadInput`` at once for points that place nothing."""
    fit_points(method, epsg, points)
    facts: dict[str, Any] = {"sheet": sheet.pk, "method": method, "epsg": epsg, "version": version}
    given = [dataclasses.asdict(point) for point in points]
    return jobs.enqueue(actor, "plans.place_sheet", _("配准 %(sheet)s") % {"sheet": sheet}, subject=sheet, points=given, **facts)


@job_kind("plans.place_sheet")
def _place(context: JobContext, sheet: int, points: list[dict[str, Any]], **facts: Any) -> dict[str, Any]:
    found = ScanSheet.objects.select_related("dataset", "picture").get(pk=sheet)
    placed = [Point(**one) for one in points]
    done = reference_sheet(context.actor, found, points=placed, tell=context.progress, **facts)
    return {"sheet": done.pk, "rms_m": done.fit["rms_m"]}
