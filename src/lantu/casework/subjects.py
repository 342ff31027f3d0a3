"""Subjects: what casework is done over, named by model label and key."""

from __future__ import annotations

from typing import Any

import rules
from django.db import models
from django.utils.translation import gettext as _

from lantu.casework.ports import SubjectKind, subjects
from lantu.core.actor import Actor
from lantu.core.errors import NotFound


def key_of(subject: models.Model) -> dict[str, str]:
    """The fields that name a subject in casework's tables."""
    return {"subject_type": subject._meta.label_lower, "subject_id": str(subject.pk)}


def kind_of(subject_type: str) -> SubjectKind:
    """The kind of a subject. Raises ``LookupError`` for a model that no room has registered."""
    return subjects.get(subject_type)


def find(subject_type: str, subject_id: str) -> Any:
    """The subject itself. Raises ``NotFound`` when there is none, or no such kind."""
    kinds = subjects.keys()
    if subject_type in kinds:
        model = kind_of(subject_type).model
        try:
            return model._default_manager.get(pk=subject_id)
        except (model.DoesNotExist, ValueError):  # type: ignore[attr-defined]
            pass
    raise NotFound(_("没有这个办理对象，或您不能查看它。"), where=f"{subject_type} {subject_id}")


def find_seen(actor: Actor, subject_type: str, subject_id: str) -> Any:
    """The subject, when the actor may see it. Raises ``NotFound`` else: who may not see it need not know that it is there."""
    subject = find(subject_type, subject_id)
    if actor.role != "system" and not kind_of(subject_type).may_see(actor, subject):
        raise NotFound(_("没有这个办理对象，或您不能查看它。"), where=f"{subject_type} {subject_id}")
    return subject


def title_of(subject: models.Model) -> str:
    return str(kind_of(subject._meta.label_lower).title(subject))


def url_of(subject: models.Model) -> str:
    return kind_of(subject._meta.label_lower).url(subject)


def may(act: str) -> rules.Predicate:
    """Predicate of verbs: the subject (or the one that a row of casework hangs on) allows ``act`` to the actor."""

    def test(actor: Actor, target: Any = None) -> bool:
        if actor.role == "system":
            return True
        subject = subject_of(target)
        return subject is not None and kind_of(subject._meta.label_lower).allows(actor, subject, act)

    return rules.predicate(test, name=f"casework.may:{act}")


def subject_of(target: Any) -> Any:
    """The subject that a row of casework hangs on; a subject itself is its own; none when it is gone."""
    if target is None:
        return None
    if hasattr(target, "subject_type") and hasattr(target, "subject_id"):
        try:
            return find(target.subject_type, target.subject_id)
        except NotFound:
            return None
    return target
