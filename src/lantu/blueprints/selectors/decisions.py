"""Reads about decisions: in words, by number, what a release was made with."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from lantu.blueprints.fusion.decisions import HERE, Outcome
from lantu.blueprints.models import FusionRun, Override
from lantu.blueprints.selectors.names import name_of
from lantu.standards import selectors as standards
from lantu.standards.models import Rule


def outcome_words(row: Override) -> list[str]:
    """What a decision says, one sentence per layer or rule, in the language of the page."""
    said = Outcome.read(row.outcome, row.layers)
    catalogue = standards.catalogue()
    lines = []
    for code, value in said.classes.items():
        layer = catalogue.layers.get(code)
        title = f"{code} {name_of(layer)}" if layer else code
        table = catalogue.table_of(layer) if layer else None
        entry = table.find(value) if table and value else None
        if not value:
            lines.append(_("%(layer)s：此处不再计入") % {"layer": title})
        elif value == HERE:
            lines.append(_("%(layer)s：计入此处") % {"layer": title})
        else:
            lines.append(_("%(layer)s：改为 %(code)s") % {"layer": title, "code": f"{value} {entry.name_zh}" if entry else value})
    rules = {rule.code: name_of(rule) for rule in Rule.objects.filter(pack__in_force=True, code__in=said.accepts)}
    lines += [_("%(rule)s：经批复保留") % {"rule": f"{code} {rules.get(code, '')}".strip()} for code in said.accepts]
    if said.condition:
        lines.append(_("条件：%(text)s") % {"text": said.condition})
    return lines


def waiting() -> QuerySet[Override]:
    """Active decisions that the latest finished run was made without: they wait for the next run."""
    latest = FusionRun.objects.filter(state=FusionRun.State.DONE, purpose=FusionRun.Purpose.BLUEPRINT).first()
    active = Override.objects.filter(state=Override.State.ACTIVE)
    return active.exclude(runs=latest) if latest is not None else active
