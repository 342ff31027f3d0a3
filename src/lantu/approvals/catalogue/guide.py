"""What a project needs in a stage: questions, items, materials, form, days. For the public guide and for the form alike. No database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lantu.approvals.catalogue.definition import Definition, Item, Stage
from lantu.approvals.catalogue.forms import Field, one_form, titled

YES, NO = "yes", "no"


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the guide (情形): its answer is a fact that the decision tables ask. ``kind``: yes_no, single, multiple, number."""

    fact: str
    title: str
    kind: str
    title_en: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    why: str = ""
    unit: str = ""
    source: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Need:
    """A material that the stage needs, once for all items that ask for it. ``row``: what the catalogue says of it."""

    code: str
    title: str
    asked_by: tuple[str, ...]
    row: Mapping[str, Any]

    @property
    def deferrable(self) -> bool:
        return bool(self.row.get("deferrable"))

    @property
    def held_by_platform(self) -> bool:
        """Whether the catalogue names a source from which the platform takes it, so that nobody need bring it where that source has it."""
        return any(self.row.get(key) for key in ("from_item", "certificate", "platform"))


@dataclass(frozen=True, slots=True)
class Guide:
    """The guide of one stage for one situation."""

    stage: Stage
    project_class: str
    limit: int | None
    questions: list[Question]
    open_questions: list[Question]
    items: list[Item]
    needs: list[Need]
    form: list[Field]


def question(definition: Definition, fact: str) -> Question:
    """The question for a fact; a fact without one in the file is asked by its own name."""
    row = definition.questions.get(fact) or {}
    kind = {"boolean": "yes_no", "list": "multiple", "number": "number"}.get(definition.facts.get(fact, "text"), "single")
    return Question(
        fact,
        str(row.get("title", fact)),
        kind,
        str(row.get("title_en", "")),
        titled(row.get("choices")),
        str(row.get("why", "")),
        str(row.get("unit", "")),
        tuple(row.get("source") or ()),
    )


def questions(definition: Definition, stage: str, project_class: str) -> list[Question]:
    """The questions that make a difference in a stage: facts that the tables of its items ask, in the order of the file."""
    items = [item for item in definition.items.values() if item.stage == stage and item.belongs_to(project_class)]
    asked = {name for item in items for row in item.when for name in (row.get("if") or {})}
    order = [*definition.questions, *(name for name in definition.facts if name not in definition.questions)]
    return [question(definition, fact) for fact in order if fact in asked]


def needs(definition: Definition, items: list[Item]) -> list[Need]:
    """One list of materials for all items, each once, in the order of the catalogue."""
    found = []
    for code, row in definition.materials.items():
        asking = tuple(item.code for item in items if code in item.materials)
        if asking:
            found.append(Need(code, str(row["name_zh"]), asking, row))
    return found


def guide(definition: Definition, stage: str, project_class: str, facts: Mapping[str, Any]) -> Guide:
    """What is needed by these facts; questions that are still open are named, and until then count as answered with no.

    Raises ``KeyError`` for an unknown stage.
    """
    found = definition.stages[stage]
    items = definition.items_of(stage, project_class, facts)
    asked = questions(definition, stage, project_class)
    return Guide(
        stage=found,
        project_class=project_class,
        limit=found.limits.get(project_class),
        questions=asked,
        open_questions=[one for one in asked if one.fact not in facts],
        items=items,
        needs=needs(definition, items),
        form=one_form(definition, items),
    )


def read_answers(asked: list[Question], data: Mapping[str, Any], getlist: Any = None) -> dict[str, Any]:
    """Facts from the answers of a page (``fact`` → text); what was not answered or cannot be read is left out."""
    facts: dict[str, Any] = {}
    for one in asked:
        if one.kind == "multiple":
            given = getlist(one.fact) if getlist else data.get(one.fact, [])
            if given:
                facts[one.fact] = [value for value in given if value in one.choices]
            continue
        text = str(data.get(one.fact, "")).strip()
        if one.kind == "yes_no" and text in (YES, NO):
            facts[one.fact] = text == YES
        elif one.kind == "single" and (text in one.choices or (text and not one.choices)):
            facts[one.fact] = text
        elif one.kind == "number" and text:
            try:
                facts[one.fact] = float(text.replace(",", ""))
            except ValueError:
                continue
    return facts
