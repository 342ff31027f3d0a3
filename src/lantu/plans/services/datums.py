"""Datum parameter sets: fitted from control points, confirmed by a second person, used by name; their numbers shown to few."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import rules
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.accounts.models import User
from lantu.accounts.roles import is_secadmin
from lantu.core.actor import Actor
from lantu.core.audit import remark
from lantu.core.errors import BadInput, Conflict, NotFound
from lantu.core.verbs import verb
from lantu.geodesy.datums import GRID, VALUE_NAMES, ControlPoint, DatumFitError, Fit, Recipe, fit
from lantu.geodesy.frames import LOCAL_EPSG, frame
from lantu.plans.models import DatumSet
from lantu.plans.permissions import NEED_PLANNER, may_bring
from lantu.standards import selectors

State = DatumSet.State
NEED_CONFIRMER = gettext_lazy("须由规划复核人办理，且不能是建立人本人。")
NEED_CUSTODIAN = gettext_lazy("转换参数是受控数据，只给建立人、复核人和安全保密管理员指定的人看。")
NEED_SECADMIN = gettext_lazy("须由安全保密管理员办理。")
USUAL_LIMITS = {"rms_m": 0.05, "check_rms_m": 0.10, "residual_sigma": 3.0}
"""Acceptance when the pack says nothing (domain 3.3: 1:500 to 1:2000)."""


@rules.predicate
def is_other_checker(actor: Actor, subject: Any = None) -> bool:
    """A checker who did not make the set (the system acts for a named second person only in set-up)."""
    if actor.role == "system":
        return True
    return actor.role == "checker" and (
        not isinstance(subject, DatumSet) or subject.author_id is None or subject.author_id != actor.user_id
    )


@rules.predicate
def may_reveal(actor: Actor, subject: Any = None) -> bool:
    """The author, who confirmed, and the custodians that the security administrator has named; never the system."""
    if actor.user_id is None or not isinstance(subject, DatumSet):
        return False
    return actor.user_id in (subject.author_id, subject.confirmed_by_id) or subject.custodians.filter(pk=actor.user_id).exists()


def fitted(kind: str, points: Sequence[ControlPoint], source_epsg: int, source_proj: str = "") -> Fit:
    """The fit that these points give, towards the city's working system. Raises ``BadInput``."""
    names = [point.name for point in points]
    if len(set(names)) != len(names):
        double = sorted({name for name in names if names.count(name) > 1})
        raise BadInput(_("控制点重名：%(names)s。") % {"names": "、".join(double)}, how=_("请每点一个名称。"))
    try:
        return fit(kind, points, source_epsg, selectors.working_grid().epsg, source_proj)
    except DatumFitError as error:
        raise _refusal(error) from error


@verb("plans.fit_datum", permission=may_bring, need=NEED_PLANNER)
def fit_datum(
    actor: Actor,
    name: str,
    kind: str,
    points: Sequence[ControlPoint],
    *,
    source_epsg: int,
    source_proj: str = "",
    source_name: str = "",
    note: str = "",
    demo: bool = False,
) -> DatumSet:
    """Fit a set from control points and keep it sealed, to be confirmed. Raises ``BadInput``."""
    if kind not in VALUE_NAMES or kind == GRID:
        raise BadInput(_("没有「%(kind)s」这种模型。") % {"kind": kind}, how="four, seven, three")
    result = fitted(kind, points, source_epsg, source_proj)
    row = _new(actor, name, result.recipe, source_name=source_name, note=note, demo=demo)
    row.rms_m, row.sigma_m, row.largest_m, row.check_rms_m = result.rms_m, result.sigma_m, result.largest_m, result.check_rms_m
    row.check_count = sum(point.check for point in points)
    row.point_count = len(points) - row.check_count
    row.residuals = residual_rows(result)
    return _keep(row, result.recipe, [asdict(point) for point in points])


def residual_rows(found: Fit) -> list[dict[str, Any]]:
    """The residuals as JSON, in millimetres."""
    return [
        {
            "name": one.name,
            "check": one.check,
            "north_mm": round(one.north * 1000, 1),
            "east_mm": round(one.east * 1000, 1),
            "mm": round(one.length * 1000, 1),
            "suspect": one.suspect,
        }
        for one in found.residuals
    ]


@verb("plans.register_datum", permission=may_bring, need=NEED_PLANNER)
def register_datum(
    actor: Actor,
    name: str,
    kind: str,
    values: Sequence[float],
    *,
    source_epsg: int,
    rms_m: float | None,
    source_proj: str = "",
    source_name: str = "",
    note: str = "",
    demo: bool = False,
) -> DatumSet:
    """Take over a set that the surveying authority has given as numbers (order of ``VALUE_NAMES``). Raises ``BadInput``."""
    names = VALUE_NAMES.get(kind, ())
    if not names or len(values) != len(names):
        raise BadInput(_("%(kind)s 要 %(n)s 个数。") % {"kind": kind, "n": len(names)}, how="、".join(names))
    recipe = Recipe(kind, source_epsg, selectors.working_grid().epsg, tuple(float(value) for value in values), source_proj)
    row = _new(actor, name, recipe, source_name=source_name, note=note, demo=demo)
    row.rms_m = rms_m
    return _keep(row, recipe, [])


@verb("plans.confirm_datum", permission=is_other_checker, need=NEED_CONFIRMER, subject="datum")
def confirm_datum(actor: Actor, datum: DatumSet, reason: str = "") -> DatumSet:
    """A second person lets a set be used. One whose quality is not shown, or not good enough, needs a reason. Raises ``Conflict``."""
    current = DatumSet.objects.select_for_update().get(pk=datum.pk)
    if current.state != State.DRAFT:
        raise Conflict(
            _("参数集「%(name)s」现在是「%(state)s」。") % {"name": current, "state": State(current.state).label}, how=_("请刷新页面。")
        )
    doubts = doubts_of(current)
    if doubts and not reason.strip():
        raise BadInput("；".join(doubts), how=_("确认可用请写明理由，否则请重新拟合。"))
    current.state, current.reason = State.CONFIRMED, reason.strip()[:400]
    current.confirmed_by_id, current.confirmed_by_name, current.confirmed_at = actor.user_id, actor.name, timezone.now()
    current.save()
    return current


@verb("plans.withdraw_datum", permission=may_bring | is_other_checker, need=NEED_PLANNER, subject="datum")
def withdraw_datum(actor: Actor, datum: DatumSet, reason: str) -> DatumSet:
    """Take a set out of use; what was transformed by it keeps its name."""
    if not reason.strip():
        raise BadInput(_("没有填停用理由。"), how=_("请说明为什么停用。"))
    current = DatumSet.objects.select_for_update().get(pk=datum.pk)
    if current.state == State.WITHDRAWN:
        raise Conflict(_("参数集「%(name)s」已经停用。") % {"name": current}, how=_("请刷新页面。"))
    current.state = State.WITHDRAWN
    current.save(update_fields=["state"])
    remark(reason=reason)
    return current


@verb("plans.reveal_datum", permission=may_reveal, need=NEED_CUSTODIAN, subject="datum")
def reveal_datum(actor: Actor, datum: DatumSet, reason: str) -> dict[str, Any]:
    """The numbers and control points, for those who may see them; who looked and why stands in the audit trail."""
    if not reason.strip():
        raise BadInput(_("没有填查看理由。"), how=_("请写明用途，会记入审计。"))
    remark(reason=reason)
    return datum.secret()


@verb("plans.grant_datum", permission=is_secadmin, need=NEED_SECADMIN, subject="datum")
def grant_datum(actor: Actor, datum: DatumSet, username: str, *, revoke: bool = False) -> DatumSet:
    """Name (or no longer name) a person who may see the numbers."""
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise NotFound(_("没有用户 %(name)s。") % {"name": username}, how=_("请核对用户名。"))
    remark(user=username, revoke=revoke)
    (datum.custodians.remove if revoke else datum.custodians.add)(user)
    return datum


def register_grids(actor: Actor) -> list[DatumSet]:
    """The grid-shift files of the settings as sets, new ones to be confirmed. A missing file is said."""
    made = []
    for entry in settings.LANTU_DATUM_GRIDS:
        if not DatumSet.objects.filter(name=entry["name"]).exists():
            made.append(_register_grid(actor, entry))
    return made


@verb("plans.register_grid", permission=may_bring, need=NEED_PLANNER)
def _register_grid(actor: Actor, entry: dict[str, Any]) -> DatumSet:
    path = Path(entry["file"])
    if not path.is_file():
        raise BadInput(_("格网改正文件不存在：%(name)s。") % {"name": path.name}, how="LANTU_DATUM_GRIDS")
    recipe = Recipe(GRID, int(entry["source_epsg"]), selectors.working_grid().statutory_epsg, grid=str(path))
    row = _new(actor, entry["name"], recipe)
    row.rms_m = entry.get("accuracy_m")
    return _keep(row, recipe, [])


def doubts_of(datum: DatumSet) -> list[str]:
    """What speaks against using a set, by the thresholds of the pack."""
    limits = USUAL_LIMITS | (selectors.catalogue().tolerances.get("datum") or {})
    limit, check_limit, factor = (float(limits[key]) for key in USUAL_LIMITS)
    found = []
    if datum.rms_m is None:
        found.append(_("没有说明精度"))
    elif datum.rms_m > limit:
        found.append(_("中误差 %(rms).3f m 超过 %(limit).3f m") % {"rms": datum.rms_m, "limit": limit})
    if datum.kind != GRID and datum.point_count and not datum.check_count:
        found.append(_("没有检核点"))
    if datum.check_rms_m is not None and datum.check_rms_m > check_limit:
        found.append(_("检核点中误差 %(rms).3f m 超过 %(limit).3f m") % {"rms": datum.check_rms_m, "limit": check_limit})
    if datum.point_count and datum.sigma_m is None:
        found.append(_("没有多余观测，残差说明不了精度"))
    if datum.sigma_m and datum.largest_m and datum.largest_m > factor * max(datum.sigma_m, 1e-4):
        found.append(_("有残差超过 %(n)s 倍中误差") % {"n": f"{factor:g}"})
    suspects = [one["name"] for one in datum.residuals if one["suspect"]]
    if suspects:
        found.append(_("点 %(names)s 疑有粗差") % {"names": "、".join(suspects)})
    return [str(one) for one in found]


def recipe_of(datum: DatumSet) -> Recipe:
    """The set as geodesy uses it. Raises ``Conflict`` for one that may not be used, or whose key is missing."""
    if datum.state != State.CONFIRMED:
        raise Conflict(
            _("参数集「%(name)s」不能用：%(state)s。") % {"name": datum, "state": State(datum.state).label}, how=_("请换一个可用的参数集。")
        )
    secret = datum.secret()
    return Recipe(datum.kind, datum.source_epsg, datum.target_epsg, tuple(secret["values"]), secret["proj"], secret["grid"])


def _new(actor: Actor, name: str, recipe: Recipe, **facts: Any) -> DatumSet:
    if not name.strip():
        raise BadInput(_("没有填名称。"), how=_("请填参数集的名称。"))
    if DatumSet.objects.filter(name=name.strip()).exists():
        raise BadInput(_("已有名为「%(name)s」的参数集。") % {"name": name}, how=_("参数集不能修改；重新拟合请换一个名称，并停用旧的。"))
    return DatumSet(
        name=name.strip()[:100],
        kind=recipe.kind,
        source_epsg=recipe.source_epsg,
        source_name=(facts.get("source_name", "").strip() or frame(recipe.source_epsg).name)[:100],
        target_epsg=recipe.target_epsg,
        note=facts.get("note", "").strip()[:400],
        demo=facts.get("demo", False),
        author_id=actor.user_id,
        author_name=actor.name,
    )


def _keep(row: DatumSet, recipe: Recipe, points: list[dict[str, Any]]) -> DatumSet:
    row.save()
    row.lock_away({"values": list(recipe.values), "proj": recipe.source_proj, "grid": recipe.grid, "points": points})
    row.save(update_fields=["sealed", "fingerprint"])
    return row


def _refusal(error: DatumFitError) -> BadInput:
    what = {
        "few-points": _("只有 %(given)s 个参与计算的点，至少要 %(needed)s 个。"),
        "same-place": _("控制点都在一处，定不出参数。"),
        "no-spread": _("控制点几乎在一条直线上，定不出七参数。"),
        "not-plane": _("控制点要用平面坐标。"),
        "bad-projection": _("源坐标系的投影定义不对：%(proj)s。"),
    }[error.reason]
    how = {
        "few-points": _("请补充控制点，或把检核点改为参与计算。"),
        "not-plane": _("请选带投影的源坐标系。"),
        "bad-projection": _("请按 PROJ 的写法填写，如 +proj=tmerc +lon_0=106.5 …；城市独立坐标系用三、七参数时必须填。"),
    }.get(error.reason, _("请补充分布均匀的控制点。"))
    return BadInput(what % error.values, how=how, code=error.reason)


def source_title(datum: DatumSet) -> str:
    """The source system with its code."""
    return datum.source_name if datum.source_epsg == LOCAL_EPSG else f"{datum.source_name}（EPSG:{datum.source_epsg}）"
