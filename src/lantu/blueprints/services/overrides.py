"""Recording decisions on the map, withdrawing them, and following up what others must amend."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from shapely.geometry.base import BaseGeometry

from lantu.accounts.models import Department
from lantu.blueprints import ground as grounds
from lantu.blueprints.fusion.decisions import HERE, Outcome, OutcomeError
from lantu.blueprints.models import Amendment, Override
from lantu.core import audit, events, numbers
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, Conflict, NotFound
from lantu.core.models import StoredFile
from lantu.core.permissions import has_role
from lantu.core.verbs import verb
from lantu.plans.models import PlanDataset
from lantu.standards import selectors as standards
from lantu.standards.models import LayerDefinition, Rule

NEED = gettext_lazy("登记协调结果须由规划经办人办理。")
NOISE_M = 0.01
WIDTH_MM = 0.2


@dataclass(frozen=True, slots=True)
class CaseRef:
    """The case that a decision settles: model label and key (as in the audit trail), what to call it, its finding's identity."""

    type: str = ""
    id: str = ""
    label: str = ""
    identity: str = ""


@dataclass(frozen=True, slots=True)
class AmendmentOrder:
    """A plan that must be amended: layer, department code, by when, what; ``dataset`` when it is known."""

    layer: str
    department: str
    due: date
    text: str = ""
    dataset: PlanDataset | None = None


@verb("blueprints.record_override", permission=has_role("planner"), need=NEED)
def record_override(
    actor: Actor,
    *,
    title: str,
    layers: Sequence[str],
    outcome: Mapping[str, Any],
    geometry: BaseGeometry,
    document_no: str,
    document_date: date | None,
    document: StoredFile | None = None,
    case: CaseRef | str = "",
    amendments: Sequence[AmendmentOrder | Mapping[str, Any]] = (),
    origin: str = Override.Origin.FINDING,
    replaces: Sequence[Override] = (),
    cuts: Sequence[Override] = (),
    note: str = "",
) -> Override:
    """Record what an approved decision says of ``geometry`` (degrees, EPSG:4490): from the next run on it holds.

    ``outcome`` as in ``fusion.decisions.Outcome``. Nothing is recorded without a document's number and date (domain 2.5). A geometry that
    was drawn or uploaded (``origin``) is also checked against the boundaries beside it. ``replaces``: earlier decisions that end
    with it; ``cuts``: those that give way on this ground only, what they say of the rest goes on under a number of its own. Raises
    ``BadInput`` (with the place, in words and as ``values["place"]``) and ``Conflict`` when another active decision speaks of the same
    layer here and is in neither.
    """
    case = CaseRef(label=case) if isinstance(case, str) else case
    if not title.strip():
        raise BadInput(_("没有写明协调结果的名称。"), how=_("请写明名称，如“某地块规划调整”。"))
    day = _check_document(document_no, document_date)
    said = read_outcome(outcome, layers)
    place = check_ground(geometry, layers, origin)
    # the number's lock first: of two that record at once the second sees the first one's ground
    number = _next_number()
    _check_overlap(place, said, [row.pk for row in (*replaces, *cuts)])
    tree = dict(outcome)
    row = Override.objects.create(
        number=number,
        title=title.strip(),
        layers=list(layers),
        outcome=tree,
        origin=origin,
        units=place.wkb,
        geometry=place.degrees,
        digest=grounds.ground_digest(place.wkb, layers, tree),
        area_m2=Decimal(f"{place.area_m2:.2f}"),
        district=place.district,
        document_no=document_no.strip(),
        document_date=day,
        document=document,
        case_type=case.type,
        case_id=case.id,
        case_label=case.label,
        identity=case.identity,
        note=note.strip(),
        recorded_by_id=actor.user_id,
        recorded_by_name=actor.name,
    )
    for order in amendments:
        _order(row, order if isinstance(order, AmendmentOrder) else read_order(order))
    for old in (*replaces, *cuts):
        _replace(actor, old, row, place if old in cuts else None)
    audit.remark(number=row.number, document_no=row.document_no, area_m2=str(row.area_m2), case=case.label)
    events.emit(actor, "blueprints.override_recorded", row, number=row.number, case_type=case.type, case_id=case.id)
    return row


def _next_number() -> str:
    year = timezone.localdate().year
    return f"XT{year}-{numbers.reserve(f'override-{year}', uuid.uuid4().hex):04d}"


def _check_document(document_no: str, document_date: date | None) -> date:
    if not document_no.strip() or document_date is None:
        raise BadInput(_("没有批复文号或批复日期，不能登记协调结果。"), how=_("请填写市政府批复的文号和日期。"))
    if document_date > timezone.localdate():
        raise BadInput(_("批复日期 %(day)s 在今天之后。") % {"day": document_date}, how=_("请核对批复日期。"))
    return document_date


def read_outcome(outcome: Mapping[str, Any], layers: Sequence[str]) -> Outcome:
    """The outcome, with every layer, class and rule known to the pack in force. Raises ``BadInput``."""
    catalogue = standards.catalogue()
    if not layers:
        raise BadInput(_("没有写明决定所及的图层。"), how=_("请至少选一个图层。"))
    unknown = [code for code in layers if code not in catalogue.layers or catalogue.layers[code].is_living]
    if unknown:
        raise BadInput(
            _("图层目录里没有可以融合的图层 %(codes)s。") % {"codes": "、".join(unknown)}, how=_("请在标准的图层目录里查找代码。")
        )
    try:
        said = Outcome.read(outcome, layers)
    except OutcomeError as error:
        raise BadInput(str(PROBLEMS[error.problem]) % {"value": error.value}, how=_("请改正结果的写法。")) from None
    for code, value in said.classes.items():
        if value:
            _check_class(catalogue.layers[code], value)
    rules = {rule.code: rule for rule in Rule.objects.filter(pack=standards.pack())}
    for rule in said.accepts:
        if rule not in rules:
            raise BadInput(_("没有规则 %(rule)s。") % {"rule": rule}, how=_("请在标准的规则表里查找代码。"))
        if rules[rule].severity == 1 and not said.condition:
            raise BadInput(_("保留一级矛盾（%(rule)s）须写明条件。") % {"rule": rule}, how=_("请照批复写明管控条件。"))
    return said


PROBLEMS = {
    "key": gettext_lazy("结果里有看不懂的项「%(value)s」。"),
    "nothing": gettext_lazy("没有写明结果：各图层改为什么用地，或保留哪些规则的命中。"),
    "holds": gettext_lazy("以「%(value)s」为准，但它不在所列图层里。"),
    "others": gettext_lazy("只列了图层 %(value)s，没有可以让位的图层。"),
    "layer": gettext_lazy("图层「%(value)s」不在所列图层里。"),
    "code": gettext_lazy("用地代码「%(value)s」不是文字。"),
}


def _check_class(layer: LayerDefinition, value: str) -> None:
    table = standards.catalogue().table_of(layer)
    if table is None and value != HERE:
        raise BadInput(
            _("图层 %(layer)s 没有分类标准，只能写“+”（在此）或留空（不在此）。") % {"layer": layer.code}, how=_("请改正结果的写法。")
        )
    if table is not None and table.find(value) is None:
        raise BadInput(
            _("图层 %(layer)s 的分类标准里没有「%(code)s」。") % {"layer": layer.code, "code": value}, how=_("请在代码表里查找。")
        )


def check_ground(geometry: BaseGeometry, layers: Sequence[str], origin: str = Override.Origin.FINDING) -> grounds.Ground:
    """The geometry on the grid, checked for itself, against the city's boundary and, when drawn, against its neighbours."""
    grid = standards.working_grid()
    sliver = standards.catalogue().tolerances.get("sliver", {})
    noise, width = float(sliver.get("noise_m", NOISE_M)), float(sliver.get("width_mm", WIDTH_MM))
    place = grounds.snap_ground(geometry, grid, noise)
    grounds.check_inside_city(place, grid, noise)
    if origin != Override.Origin.FINDING:
        grounds.check_neighbours(place, layers, grid, width)
    return place


def in_the_way(place: grounds.Ground, said: Outcome) -> list[Override]:
    """The active decisions that speak of the same layer on some of this ground: a new one has to replace them."""
    noise = _noise_m()
    return [row for row in _beside(place, said) if grounds.shared_part(place, row.geometry, standards.working_grid(), noise) is not None]


def _beside(place: grounds.Ground, said: Outcome) -> list[Override]:
    active = Override.objects.filter(state=Override.State.ACTIVE).in_window(*place.degrees.bounds)
    return [row for row in active if said.touches(Outcome.read(row.outcome, row.layers))]


def _noise_m() -> float:
    return float(standards.catalogue().tolerances.get("sliver", {}).get("noise_m", NOISE_M))


def _check_overlap(place: grounds.Ground, said: Outcome, replaced: Sequence[int]) -> None:
    others = [(row.number, row.geometry) for row in _beside(place, said) if row.pk not in replaced]
    grounds.check_others(place, others, standards.working_grid(), _noise_m())


def read_order(tree: Mapping[str, Any]) -> AmendmentOrder:
    """An order as ``{"layer", "department", "due" (ISO date), "what"}``. Raises ``BadInput``."""
    try:
        due = tree["due"] if isinstance(tree["due"], date) else date.fromisoformat(str(tree["due"]))
        return AmendmentOrder(str(tree["layer"]), str(tree["department"]), due, str(tree.get("what", "")))
    except KeyError as error:
        raise BadInput(_("规划修改缺少「%(key)s」。") % {"key": error.args[0]}, how=_("请写明图层、部门、期限和内容。")) from None
    except ValueError:
        raise BadInput(_("期限「%(due)s」不是日期。") % {"due": tree["due"]}, how=_("请写成 2018-12-31 这样的日期。")) from None


def _order(row: Override, order: AmendmentOrder) -> Amendment:
    if order.layer not in standards.catalogue().layers:
        raise BadInput(_("图层目录里没有 %(codes)s。") % {"codes": order.layer}, how=_("请在标准的图层目录里查找代码。"))
    if not Department.objects.filter(code=order.department).exists():
        raise NotFound(_("没有部门 %(code)s。") % {"code": order.department})
    if row.document_date and order.due < row.document_date:
        raise BadInput(_("修改期限 %(day)s 早于批复日期。") % {"day": order.due}, how=_("请改正期限。"))
    return Amendment.objects.create(
        override=row, layer_code=order.layer, dataset=order.dataset, department=order.department, text=order.text.strip(), due=order.due
    )


def _replace(actor: Actor, old: Override, new: Override, cut: grounds.Ground | None) -> None:
    """``cut``: the ground on which the old one gives way; none when it ends altogether."""
    old.refresh_from_db(from_queryset=Override.objects.select_for_update())
    if old.state != Override.State.ACTIVE:
        raise Conflict(_("协调结果 %(number)s 已经撤销。") % {"number": old.number}, how=_("请从代替的清单里去掉它。"))
    old.replaced_by = new
    orders = list(old.amendments.filter(state__in=Amendment.OPEN_STATES))
    rest = grounds.rest_of(grounds.read_units(old.units), cut, standards.working_grid(), _noise_m()) if cut else None
    goes_on = _go_on(old, rest, orders) if rest is not None else new
    events.emit(actor, "blueprints.override_replaced", old, number=old.number, by=goes_on.number)
    _end(actor, old, _("由 %(number)s（%(document)s）代替") % {"number": new.number, "document": new.document_no})


def _go_on(old: Override, rest: grounds.Ground, orders: Sequence[Amendment]) -> Override:
    """What a replaced decision said of ground that the new one leaves alone, as a decision of its own by the same document."""
    kept = ("title", "layers", "outcome", "origin", "document_no", "document_date", "document", "case_type", "case_id", "case_label")
    row = Override.objects.create(
        number=_next_number(),
        units=rest.wkb,
        geometry=rest.degrees,
        digest=grounds.ground_digest(rest.wkb, old.layers, old.outcome),
        area_m2=Decimal(f"{rest.area_m2:.2f}"),
        district=rest.district,
        identity=old.identity,
        note=_("%(number)s 被代替后余下的范围") % {"number": old.number},
        recorded_by_id=old.recorded_by_id,
        recorded_by_name=old.recorded_by_name,
        **{name: getattr(old, name) for name in kept},
    )
    for order in orders:
        _order(row, AmendmentOrder(order.layer_code, order.department, order.due, order.text, order.dataset))
    return row


def _end(actor: Actor, row: Override, reason: str) -> None:
    row.state, row.withdrawn_at = Override.State.WITHDRAWN, timezone.now()
    row.withdrawn_by_name, row.withdrawn_reason = actor.name, reason
    row.save()
    row.amendments.filter(state__in=Amendment.OPEN_STATES).update(
        state=Amendment.State.CANCELLED, closed_at=timezone.now(), closed_by_name=actor.name, note=reason
    )


@verb("blueprints.withdraw_override", permission=has_role("planner"), need=NEED, subject="override")
def withdraw_override(actor: Actor, override: Override, reason: str) -> Override:
    """Let a decision no longer hold from the next run on, with the reason. Releases made with it stay as they are."""
    if not reason.strip():
        raise BadInput(_("没有写明撤销原因。"), where=override.number, how=_("请写明撤销原因和依据的文件。"))
    override.refresh_from_db(from_queryset=Override.objects.select_for_update())
    if override.state != Override.State.ACTIVE:
        raise Conflict(_("协调结果 %(number)s 已经撤销。") % {"number": override.number})
    _end(actor, override, reason.strip())
    events.emit(
        actor, "blueprints.override_withdrawn", override, number=override.number, case_type=override.case_type, case_id=override.case_id
    )
    return override
