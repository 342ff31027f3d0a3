"""Proposing an outcome (提出方案): one of the ranked options, a geometry of one's own, or to defer."""

from __future__ import annotations

import calendar
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from shapely.geometry.base import BaseGeometry

from lantu.blueprints.models import Override
from lantu.blueprints.services.overrides import check_ground, in_the_way, read_outcome
from lantu.conflicts.facts import facts_of
from lantu.conflicts.geometry import check_geometry
from lantu.conflicts.models import ConflictCase, Proposal
from lantu.conflicts.pack import offices_of, principles
from lantu.conflicts.principles import Option, Principles
from lantu.conflicts.services.batches import close_batch
from lantu.conflicts.services.moves import lock, move, need_text
from lantu.conflicts.states import State
from lantu.core import audit
from lantu.core.actor import Actor
from lantu.core.errors import BadInput
from lantu.core.permissions import has_role
from lantu.core.verbs import verb
from lantu.geodesy.area import polygon_area
from lantu.standards import selectors as standards

PLANNER = has_role("planner")
NEED = gettext_lazy("提出方案须由规划经办人办理。")


def options_of(case: ConflictCase, rules: Principles | None = None) -> list[Option]:
    """The ways to settle a case, ranked; A is recommended. ``rules``: those of the pack, read once for many cases."""
    rules = rules or principles()
    return rules.options(facts_of(case.finding, rules.living_layers()))


def recommended(case: ConflictCase, rules: Principles) -> str:
    """The title of option A, for lists that go out; empty when no principle speaks."""
    return next((one.title for one in options_of(case, rules)), "")


@verb("conflicts.propose", permission=PLANNER, need=NEED, subject="case")
def propose(
    actor: Actor,
    case: ConflictCase,
    option: str,
    reason: str = "",
    *,
    geometry: BaseGeometry | None = None,
    drawn: bool = False,
    due: date | None = None,
    version: int | None = None,
) -> Proposal:
    """Propose option ``option`` (its letter or key), for the whole patch or for a ``geometry`` in it (EPSG:4490), uploaded or ``drawn``.

    ``due``: by when the plans must be amended, else the option's months from today. Raises ``BadInput`` for an option that the principles
    do not give, or a geometry that is no clean area, leaves the patch or strips beside it, naming the place.
    """
    lock(case, version)
    chosen = next((one for one in options_of(case) if option in (one.letter, one.key)), None)
    if chosen is None:
        raise BadInput(_("没有方案「%(option)s」。") % {"option": option}, where=case.number, how=_("请从建议处理中选择。"))
    area = case.area_m2
    if geometry is not None:
        geometry = check_geometry(geometry, case.finding.geometry)
        area = Decimal(str(round(polygon_area(geometry), 2)))
    share = area / case.area_m2 if case.area_m2 else Decimal(1)
    return _record(
        actor,
        case,
        Proposal.Kind.RESOLVE,
        title=chosen.title,
        reason=reason.strip() or chosen.reason,
        letter=chosen.letter,
        option=chosen.key,
        principle=chosen.principle,
        outcome=chosen.outcome,
        amendments=_amendments(chosen, due),
        balance=_scaled(chosen.balance, share),
        still_hit=list(chosen.still_hit) + ([case.rule] if geometry is not None and share < Decimal("0.999") else []),
        geometry=geometry,
        drawn=drawn,
        cuts=[row.number for row in _in_the_way(case, chosen, geometry, drawn)],
    )


def _in_the_way(case: ConflictCase, chosen: Option, geometry: BaseGeometry | None, drawn: bool) -> list[Override]:
    """The earlier decisions that give way where this one holds. Raises ``BadInput`` for ground that could not be decided on later."""
    layers = layers_of(case, chosen.outcome)
    place = check_ground(case.finding.geometry if geometry is None else geometry, layers, origin_of(geometry, drawn))
    return in_the_way(place, read_outcome(chosen.outcome, layers))


def layers_of(case: ConflictCase, outcome: dict[str, Any]) -> list[str]:
    """The layers that a decision bears on: those whose class it sets, else those that made the conflict."""
    return list(outcome.get("classes") or ()) or [code for code in case.layers_key.split("+") if code]


def origin_of(geometry: BaseGeometry | None, drawn: bool) -> str:
    """Where the ground of a decision comes from."""
    if geometry is None:
        return Override.Origin.FINDING
    return Override.Origin.DRAWN if drawn else Override.Origin.UPLOADED


@verb("conflicts.propose_deferral", permission=PLANNER, need=NEED, subject="case")
def propose_deferral(actor: Actor, case: ConflictCase, reason: str, *, version: int | None = None) -> Proposal:
    """Propose to leave the case open as a remaining conflict (遗留); a critical one then needs the approving document."""
    text = need_text(reason, _("暂缓的理由"))
    lock(case, version)
    return _record(actor, case, Proposal.Kind.DEFER, title=_("暂缓，列为遗留"), reason=text, option="defer", still_hit=_all_hits(case))


def _all_hits(case: ConflictCase) -> list[str]:
    return sorted(hit["rule"] for hit in case.finding.hits)


def _record(actor: Actor, case: ConflictCase, kind: str, **values: Any) -> Proposal:
    Proposal.objects.filter(case=case, current=True).update(current=False)
    last = Proposal.objects.filter(case=case).order_by("-serial").values_list("serial", flat=True).first() or 0
    proposal = Proposal.objects.create(case=case, serial=last + 1, kind=kind, by_id=actor.user_id, by_name=actor.name, **values)
    facts = {"proposal": proposal.serial, "option": proposal.letter or proposal.option}
    move(actor, case, State.PROPOSED, "proposed", note=proposal.title, facts=facts)
    close_batch(case)
    audit.remark(case=case.number, **facts)
    return proposal


def _amendments(option: Option, due: date | None) -> list[dict[str, str]]:
    if due is not None and due <= timezone.localdate():
        raise BadInput(_("修改期限 %(due)s 不在今天之后。") % {"due": due}, how=_("请填写以后的日期。"))
    by = due or months_after(timezone.localdate(), option.months)
    catalogue = standards.catalogue()
    found = []
    for code in option.amend:
        layer = catalogue.layers[code]
        what = option.outcome.get("classes", {}).get(code)
        text = _("按协调结果调出") if what == "" else _("按协调结果改为 %(code)s") % {"code": what} if what else _("按协调结果修改")
        found.append({"layer": code, "department": offices_of([layer.owner])[0], "due": by.isoformat(), "what": text})
    return found


def months_after(day: date, months: int) -> date:
    """The day ``months`` later; a day that the month lacks becomes its last."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def _scaled(balance: dict[str, Any], share: Decimal) -> dict[str, Any]:
    def part(value: str) -> str:
        return str((Decimal(value) * share).quantize(Decimal("0.01")))

    return {"construction": {layer: part(value) for layer, value in balance["construction"].items()}, "farmland": part(balance["farmland"])}
