"""How a draft stands: its facts, its form with the bounds of its project, its values and what is wrong with them."""

from __future__ import annotations

import functools
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from lantu.approvals.catalogue import read
from lantu.approvals.catalogue.definition import Definition, Item
from lantu.approvals.catalogue.forms import Field, Problem, is_empty, one_form, problems
from lantu.approvals.catalogue.guide import Need, Question, needs, questions
from lantu.approvals.models import Draft, Material
from lantu.approvals.selectors.prefill import FACT, limits_of
from lantu.projects.models import Project


@dataclass(frozen=True)
class Prepared:
    """A draft, read by its release of the catalogue."""

    draft: Draft

    @functools.cached_property
    def definition(self) -> Definition:
        return read(self.draft.definition.content)

    @functools.cached_property
    def facts(self) -> dict[str, Any]:
        """What the rules may ask: what people answered, over which stands what the platform found out by itself."""
        found = {code.removeprefix(FACT): one["value"] for code, one in self.draft.derived.items() if code.startswith(FACT)}
        return {**self.draft.situation, **found}

    @functools.cached_property
    def questions(self) -> list[Question]:
        return questions(self.definition, self.draft.stage, self.draft.project_class)

    @property
    def open_questions(self) -> list[Question]:
        return [one for one in self.questions if one.fact not in self.facts]

    @functools.cached_property
    def items(self) -> list[Item]:
        return self.definition.items_of(self.draft.stage, self.draft.project_class, self.facts)

    @functools.cached_property
    def form(self) -> list[Field]:
        return one_form(self.definition, self.items, limits_of(self.definition, self.draft.project))

    @functools.cached_property
    def needs(self) -> list[Need]:
        return needs(self.definition, self.items)

    @functools.cached_property
    def values(self) -> dict[str, Any]:
        """Field code → value of the fields that the form has now: found by the platform where that is locked, else as answered."""
        found: dict[str, Any] = {}
        for one in self.form:
            derived = self.draft.derived.get(one.code)
            answer = self.draft.answers.get(one.code)
            if derived is not None and (one.locked or is_empty(answer)):
                found[one.code] = derived["value"]
            elif not is_empty(answer):
                found[one.code] = answer
        return found

    @functools.cached_property
    def problems(self) -> list[Problem]:
        return problems(self.form, self.values)

    @property
    def needs_site(self) -> bool:
        """Whether something in this stage is made of the site."""
        return any(one.row.get("platform") == "site" for one in self.needs)

    def digest(self) -> str:
        """SHA-256 of what would be filed: a signature is over this."""
        rows = current(list(Material.objects.filter(draft=self.draft, withdrawn=False).select_related("stored")))
        materials = [[row.code, row.part, row.version, row.source, row.stored.sha256 if row.stored else ""] for row in rows]
        draft = self.draft
        content = {
            "project": draft.project.code, "stage": draft.stage, "class": draft.project_class, "definition": draft.definition.digest,
            "facts": self.facts, "values": self.values, "site": draft.site, "materials": materials,
        }  # fmt: skip
        return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def current(rows: list[Material]) -> list[Material]:
    """Of each (material, part) the version that counts, in order."""
    found: dict[tuple[str, int], Material] = {}
    for row in sorted(rows, key=lambda one: one.version):
        if not row.withdrawn:
            found[row.code, row.part] = row
    return [found[key] for key in sorted(found)]


PROCESS_CLASS = "process_class"


def class_of(definition: Definition, project: Project) -> str:
    """The class of the catalogue for a project, by the national process class; empty when it says nothing."""
    for code, row in definition.classes.items():
        if project.process_class and str(row.get(PROCESS_CLASS, "")) == project.process_class:
            return code
    return ""
