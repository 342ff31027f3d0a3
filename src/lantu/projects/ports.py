"""What the room asks of others: who gives codes, who knows the legal persons, how the stages of approval stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Protocol

from lantu.core.ports import Port
from lantu.projects.identifiers.project_code import CheckDigit, luhn

if TYPE_CHECKING:
    from django.db import models

    from lantu.projects.models import Project


@dataclass(frozen=True, slots=True)
class LegalPerson:
    """A unit as the legal-person base (法人基础库) has it: its name and register state (存续, 注销 …)."""

    uscc: str
    name: str
    state: str


class LegalPersonBase(Protocol):
    """Looks a unit up. ``None``: the base answers that there is no such unit. Raises ``ConnectionError`` when it does not answer."""

    def find(self, uscc: str) -> LegalPerson | None: ...


class CodeIssuer(Protocol):
    """Another platform that gives projects a code of its own, such as the province's investment platform (省投资平台).

    ``apply`` sends a project's facts under a request key (the same key again gives the same code) and returns the code, or ``None``
    while the platform is still deciding. Raises ``ConnectionError`` when it does not answer, ``ValueError`` with its reason
    when it refuses.
    """

    issuer: str

    def apply(self, key: str, facts: dict[str, str]) -> str | None: ...


@dataclass(frozen=True, slots=True)
class StageStep:
    """How a stage of approval (1 to 4) of a project stands. ``holders``: the departments (codes) that have it now, until ``due``."""

    stage: str
    ended: bool
    began_on: date | None = None
    ended_on: date | None = None
    words: str = ""
    holders: tuple[str, ...] = ()
    due: date | None = None
    url: str = ""


class ProjectStages(Protocol):
    """A room above that carries a project on: where it stands there, and which of its rows (registered subjects) belong to the project."""

    def steps(self, project: Project) -> Sequence[StageStep]: ...

    def subjects(self, project: Project) -> Sequence[models.Model]: ...


project_stages: Port[ProjectStages] = Port("project_stages")
legal_persons: Port[LegalPersonBase] = Port("legal_persons")
code_issuers: Port[CodeIssuer] = Port("code_issuers")
code_checks: Port[CheckDigit] = Port("code_checks")
"""Check digits of the 2020 form by name; the city pack says which is used (``luhn`` until the standard's own is known)."""
code_checks.register("luhn", luhn)
