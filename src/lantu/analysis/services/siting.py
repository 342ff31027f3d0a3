"""Searching for sites, and giving one to a project."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.analysis.freezing import elapsed_ms, facts, next_number
from lantu.analysis.models import SitingCandidate, SitingSearch
from lantu.analysis.partition import Basis, basis
from lantu.analysis.permissions import NEED_USER, may_ask
from lantu.analysis.ports import SavedSite, project_sites
from lantu.analysis.settings import settings_of
from lantu.analysis.siting.criteria import asks_for_slope, read
from lantu.analysis.siting.search import Candidate, Search
from lantu.analysis.terrain.store import terrain_for
from lantu.core import audit, events
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, Conflict
from lantu.core.verbs import verb


@dataclass(frozen=True, slots=True)
class Searched:
    """A search carried out and not kept yet: what was asked, of what, and what came out."""

    began: float
    basis: Basis
    asked: dict[str, Any]
    result: dict[str, Any]
    candidates: list[Candidate]


@verb("analysis.search_sites", permission=may_ask, need=NEED_USER)
def search_sites(
    actor: Actor, data: Mapping[str, Any], *, title: str = "", release: str = "", searched: Searched | None = None
) -> SitingSearch:
    """Search for zones that have all must-haves, ranked by the weighted wishes; the record and its candidates are frozen.

    ``data`` as ``siting.criteria.read`` takes it; ``searched``: what ``carry_out`` has found for it. Raises ``BadInput``, ``Refused``,
    ``TooLarge``, ``Conflict``.
    """
    done = searched or carry_out(actor, data, release)
    row = SitingSearch.objects.create(
        number=next_number("XZ", "siting"),
        title=title.strip()[:200] or _("未命名选址"),
        elapsed_ms=elapsed_ms(done.began),
        **facts(actor, done.basis, done.asked, done.result),
    )
    SitingCandidate.objects.bulk_create(
        SitingCandidate(
            search=row,
            rank=rank,
            score=round(one.score, 4),
            area_m2=Decimal(f"{one.area_m2:.2f}"),
            compactness=round(one.compactness, 4),
            district=one.district,
            values=one.values,
            slope=one.slope,
            lon=(point := one.geometry.point_on_surface()).x,
            lat=point.y,
            geometry=one.geometry,
        )
        for rank, one in enumerate(done.candidates, start=1)
    )
    audit.remark(number=row.number, found=len(done.candidates))
    events.emit(actor, "analysis.sites_searched", row, number=row.number, found=len(done.candidates))
    return row


def carry_out(
    actor: Actor, data: Mapping[str, Any], release: str = "", tell: Callable[[float, str], None] = lambda share, step: None
) -> Searched:
    """The search itself, which only reads: a long one goes before the verb, so that it holds no transaction and is seen to go on.

    ``tell``: told the share done and the step. Raises as ``search_sites``.
    """
    began = time.perf_counter()
    found = basis(release)
    criteria = read(data, found, actor)
    limits = settings_of(found.run.pack).limits
    terrain = terrain_for(found.partition.grid)
    if terrain is None and asks_for_slope(criteria):
        raise BadInput(_("没有高程栅格，不能用坡度作条件。"), how=_("请先在「高程栅格」里载入，或去掉坡度这一条。"), code="no-raster")
    search = Search(found.partition, criteria, int(limits["candidates"]), terrain=terrain, steep=limits["steep_percent"], tell=tell)
    candidates = search.run()
    asked = {"criteria": criteria.as_dict(), "basis": found.facts(), "on": timezone.localdate().isoformat()}
    if terrain is not None:
        asked["raster"] = terrain.facts() | {"steep_percent": limits["steep_percent"]}
    result = {
        "account": asdict(search.account),
        "candidates": [
            {"score": round(one.score, 4), "area_m2": f"{one.area_m2:.2f}", "values": one.values}
            | ({"slope": one.slope} if one.slope else {})
            for one in candidates
        ],
    }
    return Searched(began, found, asked, result, candidates)


@verb("analysis.save_site", permission=may_ask, need=NEED_USER, subject="candidate")
def save_site(actor: Actor, candidate: SitingCandidate, project: str) -> SavedSite:
    """Give a candidate zone to a project as a site to choose from. Raises ``Conflict`` where no room of projects is there."""
    rooms = project_sites.all()
    if not rooms:
        raise Conflict(_("还没有项目库可以存入。"))
    title = _("%(search)s 第 %(rank)s 名") % {"search": candidate.search.title, "rank": candidate.rank}
    saved = rooms[0].save(actor, project, candidate.geometry, title=title, source=candidate)
    audit.remark(project=project, candidate=candidate.rank, search=candidate.search.number)
    return saved
