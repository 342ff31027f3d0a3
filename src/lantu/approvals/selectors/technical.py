"""The lines of a technical review (专业审查): measures of the scheme beside their limits, conditions of the project's sheet, what the
conformity check hit; each with the last tick."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from lantu.analysis.conformity import wording
from lantu.analysis.models import Check
from lantu.approvals.models import Branch, StageApplication, Tick
from lantu.approvals.selectors.filed import number_of, values_of
from lantu.approvals.words import definition_of, local
from lantu.casework.people import names_today
from lantu.core.errors import NotFound
from lantu.projects.models import Condition, Generation

COMPARE = {"≤": operator.le, "<": operator.lt, "≥": operator.ge, ">": operator.gt, "=": operator.eq}
TONES = {"pass": Tick.Verdict.OK, "fail": Tick.Verdict.BAD}


@dataclass(frozen=True, slots=True)
class Row:
    """One line. ``suggested``: what the figures say, empty when only a person can tell; ``tick``: the last one."""

    key: str
    title: str
    limit: str
    measured: str
    suggested: str
    source: str
    url: str
    tick: Tick | None


@dataclass(frozen=True, slots=True)
class Group:
    """Lines of one kind under a heading."""

    title: str
    rows: list[Row]


def generation_of(application: StageApplication) -> Generation | None:
    """The newest planning of the project, whose conditions hold."""
    return Generation.objects.filter(project_id=application.project_id).order_by("-initiated_at", "-pk").first()


def check_of(application: StageApplication) -> Check | None:
    """The conformity check that the project's planning rests on, or the newest about its site by name."""
    planning = generation_of(application)
    if planning is not None and planning.check_number:
        return Check.objects.filter(number=planning.check_number).first()
    return Check.objects.filter(title=application.project.name).order_by("-made_at").first()


def groups(branch: Branch, check: Check | None) -> list[Group]:
    """All lines of a branch."""
    application = branch.application
    ticks = {one.key: one for one in branch.ticks.order_by("pk")}
    planning = generation_of(application)
    rows = planning.conditions.exclude(state=Condition.State.WAIVED) if planning is not None else Condition.objects.none()
    conditions = list(rows.filter(stage__lte=int(application.stage) if application.stage.isdigit() else 4))
    found = [Group(_("指标"), list(_measures(application, conditions, ticks)))]
    texts = [one for one in conditions if not (one.item and one.value is not None)]
    found.append(Group(_("建设条件清单"), [_condition(one, planning, ticks) for one in texts]))
    if check is not None:
        lines = [line for line in wording.shown(check).lines if line.tone in ("fail", "conditional")]
        found.append(Group(_("合规性检测"), [_hit(line, check, ticks) for line in lines]))
    return [Group(one.title, _named(one.rows)) for one in found if one.rows]


def line(branch: Branch, key: str) -> Row:
    """One line of a branch. Raises ``NotFound``."""
    found = next((row for group in groups(branch, check_of(branch.application)) for row in group.rows if row.key == key), None)
    if found is None:
        raise NotFound(_("没有这一项。"), where=key[:80])
    return found


def _named(rows: list[Row]) -> list[Row]:
    """The rows with the names of the departments that are their source."""
    names = names_today()
    return [replace(row, source="、".join(names.get(code, code) for code in row.source.split("、"))) for row in rows]


def _measures(application: StageApplication, conditions: list[Condition], ticks: dict[str, Tick]) -> Iterable[Row]:
    """FAR, density, green ratio, height, setback: the pack's measures, with the limit of the sheet; then what else the sheet compares."""
    values = values_of(application)
    limits = {one.item: one for one in conditions if one.item and one.value is not None}
    for key, measure in (application.definition.content.get("measures") or {}).items():
        name = local(measure["name_zh"], measure.get("name_en", ""))
        limit = limits.pop(measure["name_zh"], None)
        yield _measure(f"measure:{key}", name, number_of(values.get(key)), measure.get("unit", ""), limit=limit, ticks=ticks)
    fields = definition_of(application).fields
    by_condition = {str(field["condition"]): code for code, field in fields.items() if field.get("condition")}
    for item, limit in limits.items():
        yield _measure(f"measure:{item}", item, number_of(values.get(by_condition.get(item, ""))), limit.unit, limit=limit, ticks=ticks)


def _measure(key: str, name: str, value: float | None, unit: str, *, limit: Condition | None, ticks: dict[str, Tick]) -> Row:
    suggested = ""
    if limit is not None and limit.value is not None and value is not None and limit.op in COMPARE:
        suggested = Tick.Verdict.OK if COMPARE[limit.op](value, limit.value) else Tick.Verdict.BAD
    words = f"{limit.op} {limit.value:g} {limit.unit}".strip() if limit is not None and limit.value is not None else _("清单没有规定")
    measured = f"{value:g} {unit}".strip() if value is not None else ""
    source = "、".join(limit.departments) if limit is not None else ""
    url = limit.generation.get_absolute_url() if limit is not None else ""
    return Row(key, name, words, measured, suggested, source, url, ticks.get(key))


def _condition(one: Condition, planning: Generation | None, ticks: dict[str, Tick]) -> Row:
    key = f"condition:{one.pk}"
    url = planning.get_absolute_url() if planning is not None else ""
    return Row(key, one.text, one.law or "—", "", "", "、".join(one.departments), url, ticks.get(key))


def _hit(line: wording.Line, check: Check, ticks: dict[str, Tick]) -> Row:
    key = f"check:{line.item}"
    suggested = TONES.get(line.tone, "")
    return Row(
        key,
        line.name,
        line.reason or line.verdict,
        f"{line.state}　{line.area}".strip(),
        suggested,
        check.number,
        check.get_absolute_url(),
        ticks.get(key),
    )


def open_rows(found: list[Group]) -> int:
    """Lines that nobody has ticked."""
    return sum(row.tick is None for group in found for row in group.rows)
