"""Drafts begun under an older release of the catalogue are brought to the new one (草稿核对): what people answered stays, what was
derived is found anew, and the people are told what is different for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from lantu.approvals.models import DefinitionRelease, Draft
from lantu.approvals.selectors.drafts import Prepared
from lantu.approvals.services.drafting import refresh_draft
from lantu.casework.services import notify
from lantu.core import jobs
from lantu.core.actor import Actor, system
from lantu.core.errors import Conflict
from lantu.core.events import subscribe
from lantu.core.models import OutboxEvent

KIND = "approvals.reconcile_drafts"


@dataclass(frozen=True, slots=True)
class Change:
    """What another release means for a draft, in titles. ``aside``: fields whose answers are kept but not asked any more."""

    items_new: list[str]
    items_gone: list[str]
    fields_new: list[str]
    aside: list[str]
    materials_new: list[str]
    materials_gone: list[str]
    questions_new: list[str]

    def words(self) -> str:
        """The changes in a sentence each; empty when there are none."""
        parts = (
            (_("新增事项：%(names)s。"), self.items_new),
            (_("不再需要的事项：%(names)s。"), self.items_gone),
            (_("要补答：%(names)s。"), self.questions_new),
            (_("要补填：%(names)s。"), self.fields_new),
            (_("不再要填、已另存：%(names)s。"), self.aside),
            (_("新增材料：%(names)s。"), self.materials_new),
            (_("不再要交：%(names)s。"), self.materials_gone),
        )
        return "".join(text % {"names": _("、").join(names)} for text, names in parts if names)


def change_between(before: Prepared, after: Prepared) -> Change:
    """What differs for a draft between two releases."""
    fields_old, fields_new = {one.code: one.title for one in before.form}, {one.code: one.title for one in after.form}
    items_old, items_new = {one.code: one.name_zh for one in before.items}, {one.code: one.name_zh for one in after.items}
    needs_old, needs_new = {one.code: one.title for one in before.needs}, {one.code: one.title for one in after.needs}
    answered = before.draft.answers
    return Change(
        items_new=_only(items_new, items_old),
        items_gone=_only(items_old, items_new),
        fields_new=[title for code, title in fields_new.items() if code not in fields_old and code not in after.values],
        aside=[title for code, title in fields_old.items() if code not in fields_new and code in answered],
        materials_new=_only(needs_new, needs_old),
        materials_gone=_only(needs_old, needs_new),
        questions_new=[one.title for one in after.open_questions if one.fact not in {old.fact for old in before.open_questions}],
    )


def _only(one: dict[str, str], other: dict[str, str]) -> list[str]:
    return [title for code, title in one.items() if code not in other]


@subscribe("approvals.definition_published")
def on_published(event: OutboxEvent, actor: Actor) -> None:
    """Another release came into force: the drafts of applicants are brought to it in the background."""
    release = DefinitionRelease.objects.get(pk=event.subject_id)
    if Draft.objects.filter(state=Draft.State.EDITING).exclude(definition=release).exists():
        jobs.enqueue(system(actor.name), KIND, _("按事项库第 %(n)s 版核对申报草稿") % {"n": release.number}, subject=release)


@jobs.job_kind(KIND)
def run(context: jobs.JobContext) -> dict[str, Any]:
    """Bring every draft to the release in force; one that cannot be is left as it is, and its people are told why."""
    rows = Draft.objects.filter(state=Draft.State.EDITING).exclude(definition__state=DefinitionRelease.State.PUBLISHED)
    found = list(rows.select_related("definition", "project", "applicant"))
    changed, stuck = 0, 0
    for number, draft in enumerate(found):
        context.progress(number / len(found), draft.project.name)
        before = _by_its_own_release(draft)
        try:
            refresh_draft(system(), draft)
        except Conflict as error:
            stuck += 1
            _tell(draft, str(error))
            continue
        draft = Draft.objects.select_related("definition", "project", "applicant").get(pk=draft.pk)
        if words := change_between(before, Prepared(draft)).words():
            changed += 1
            _tell(draft, words)
    return {"drafts": len(found), "changed": changed, "stuck": stuck}


def _by_its_own_release(draft: Draft) -> Prepared:
    """How a draft stands now; on a row of its own, which is not brought to another release."""
    return Prepared(Draft.objects.select_related("definition", "project", "applicant").get(pk=draft.pk))


def _tell(draft: Draft, words: str) -> None:
    title = _("事项库换版，请核对草稿：%(project)s") % {"project": draft.project.name}
    key = f"reconciled:{draft.pk}:{draft.definition_id}"
    notify(system(), [draft.created_by_id or 0], title[:200], draft.get_absolute_url(), text=words[:500], key=key)
