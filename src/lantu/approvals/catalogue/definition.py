"""A definition: stages, items, materials and fields as the pack's ``approvals.yaml`` says them (form: ``docs/city-pack.md``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lantu.approvals.join import Required


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage (审批阶段). ``limits``: working days by project class; ``guide``: what, who, result, law in words."""

    code: str
    name_zh: str
    name_en: str
    lead: str
    limits: Mapping[str, int]
    guide: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Item:
    """An item (审批事项). ``days``: what is promised, ``statutory`` by law; ``after``: items that must have ended well before it
    starts; ``classes``: project classes it belongs to, all when empty; ``when``: decision table, row by row, of when it applies;
    ``joint_days``: working days for a department of the other level (市区联办), 0 where it may not be handled jointly."""

    code: str
    name_zh: str
    name_en: str
    stage: str
    department: str
    days: int
    statutory: int
    unit: str = "working"
    kind: str = "permit"
    after: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    when: tuple[Mapping[str, Any], ...] = ()
    materials: tuple[str, ...] = ()
    fields: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    line: str = "main"
    guide: Mapping[str, Any] = field(default_factory=dict)
    joint_days: int = 0

    def belongs_to(self, project_class: str) -> bool:
        return not self.classes or project_class in self.classes


@dataclass(frozen=True, slots=True)
class Definition:
    """What a release defines. ``facts``: names and types of what rules may ask; ``questions``: how people are asked for them;
    ``reception``: when filing online counts as received."""

    version: str
    classes: Mapping[str, Mapping[str, Any]]
    stages: Mapping[str, Stage]
    items: Mapping[str, Item]
    materials: Mapping[str, Mapping[str, Any]]
    fields: Mapping[str, Mapping[str, Any]]
    facts: Mapping[str, str]
    questions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    reception: Mapping[str, Any] = field(default_factory=dict)

    def items_of(self, stage: str, project_class: str, facts: Mapping[str, Any]) -> list[Item]:
        """The items that a project of a class needs in a stage, by what is known of it, in the order of the catalogue."""
        from lantu.approvals.catalogue.rules import applies

        found = (item for item in self.items.values() if item.stage == stage and item.belongs_to(project_class))
        return [item for item in found if applies(item.when, facts)]

    def required(self, stage: str, project_class: str, facts: Mapping[str, Any]) -> list[Required]:
        """What the join of the stage needs; prerequisites of earlier stages are checked at filing and are not its concern."""
        items = self.items_of(stage, project_class, facts)
        here = {item.code for item in items}
        return [Required(item.code, item.department, tuple(code for code in item.after if code in here)) for item in items]


def read(data: Mapping[str, Any]) -> Definition:
    """A definition from the parsed file. Raises ``KeyError`` or ``TypeError`` for a form that ``validate`` reports with its place."""
    stages = {
        str(code): Stage(
            str(code), row["name_zh"], row.get("name_en") or "", row["lead"], dict(row.get("limits") or {}), row.get("guide") or {}
        )
        for code, row in (data.get("stages") or {}).items()
    }
    items = {str(code): _item(str(code), row) for code, row in (data.get("items") or {}).items()}
    return Definition(
        str(data.get("version", "")),
        data.get("classes") or {},
        stages,
        items,
        data.get("materials") or {},
        data.get("fields") or {},
        data.get("facts") or {},
        data.get("questions") or {},
        data.get("reception") or {},
    )


def _item(code: str, row: Mapping[str, Any]) -> Item:
    return Item(
        code=code,
        name_zh=row["name_zh"],
        name_en=row.get("name_en") or "",
        stage=str(row["stage"]),
        department=row.get("department") or "",
        days=int(row["days"]),
        statutory=int(row.get("statutory") or row["days"]),
        unit=row.get("unit") or "working",
        kind=row.get("kind") or "permit",
        after=tuple(map(str, row.get("after") or ())),
        classes=tuple(map(str, row.get("classes") or ())),
        when=tuple(row.get("when") or ()),
        materials=tuple(map(str, row.get("materials") or ())),
        fields=row.get("fields") or {},
        line=row.get("line") or "main",
        guide=row.get("guide") or {},
        joint_days=int(row.get("joint_days") or 0),
    )
