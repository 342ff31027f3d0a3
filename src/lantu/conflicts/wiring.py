"""What the room plugs into others when Django starts."""

from __future__ import annotations

from lantu.accounts.roles import ROLES
from lantu.blueprints.ports import publication_guards
from lantu.casework.ports import OFFICE, SubjectKind, subjects, verb_words
from lantu.core.actor import Actor


def connect() -> None:
    """Register the kind of subject, the guard, panels, verbs and job kinds."""
    from lantu.conflicts import guards, indicators, pack_check, panels, services  # noqa: F401  (services registers verbs, job kinds and subscribers)
    from lantu.conflicts.models import ConflictCase
    from lantu.conflicts.words import acts
    from lantu.standards.ports import pack_files

    pack_files.register("resolution.yaml", pack_check.check_file)

    subjects.register(
        ConflictCase._meta.label_lower,
        SubjectKind(
            model=ConflictCase,
            title=title_of,
            url=lambda case: case.get_absolute_url(),
            may_see=may_see,
            may_act=may_act,
            number=lambda case: case.number,
        ),
    )
    verb_words.register("conflicts", {f"conflicts.{name}": word for name, word in acts().items()})
    publication_guards.register("conflicts", guards.critical_cases)
    panels.connect()
    indicators.connect()


OUTSIDE = frozenset({"builder", "exchange", ""})
INSIDE = tuple(code for code in ROLES if code not in OUTSIDE)
"""Who may look at cases: everybody in the administration."""


def may_see(actor: Actor, case: object) -> bool:
    """Everybody in the administration; no applicant, no other system."""
    return actor.role == "system" or actor.role in INSIDE


def may_act(actor: Actor, case: object, act: str) -> bool:
    """Who may do what of casework over a case: its time is stopped by the planners who ask, and extended by a decider."""
    if act in ("comment", "attach"):
        return may_see(actor, case) and actor.user_id is not None
    if act == "extend":
        return actor.role == "decider"
    return actor.role in (("planner", "checker") if act == "clock" else OFFICE)


def title_of(case: object) -> str:
    """Number and rule, in words."""
    from lantu.conflicts.words import rule_name

    return f"{case.number} {rule_name(case.rule)}"  # type: ignore[attr-defined]
