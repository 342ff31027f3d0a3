"""Editing the item catalogue: one draft at a time, changed by people of the departments, published by another person.

What is published is a version of the city pack that differs from the one in force in this one file (and its own number), so that a pack
written out again is whole and loads anywhere.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.accounts.models import Department
from lantu.approvals.catalogue.edit import change
from lantu.approvals.catalogue.text import FILE, Checked, check_text
from lantu.approvals.models import CatalogueDraft, DefinitionRelease
from lantu.approvals.services.definitions import publish_definition
from lantu.core.actor import Actor, system
from lantu.core.audit import remark
from lantu.core.errors import BadInput, Conflict, Refused
from lantu.core.locking import lock_row
from lantu.core.permissions import has_role
from lantu.core.verbs import verb
from lantu.standards import selectors
from lantu.standards.models import PackVersion
from lantu.standards.services import export_pack, load_pack

EDITORS = ("planner", "sysadmin")
NEED_EDITOR = gettext_lazy("须由规划经办人或系统管理员编辑。")
NEED_PUBLISHER = gettext_lazy("须由没有参与编辑的系统管理员发布。")
edits, publishes = has_role(*EDITORS), has_role("sysadmin")
State = CatalogueDraft.State
OPEN = (State.EDITING, State.SUBMITTED)
VERSION_LINE = re.compile(r"^version:.*$", re.MULTILINE)


@verb("approvals.start_catalogue", permission=edits, need=NEED_EDITOR)
def start_catalogue(actor: Actor) -> CatalogueDraft:
    """Begin to edit the catalogue of the pack in force (编辑事项库); the draft that is under way comes back.

    Raises ``Conflict`` when the pack has no catalogue.
    """
    pack = PackVersion.objects.select_for_update().get(pk=selectors.pack().pk)
    known = CatalogueDraft.objects.filter(city=pack.city, state__in=OPEN).first()
    if known is not None:
        return known
    return CatalogueDraft.objects.create(city=pack.city, base=pack, text=text_of(pack), by_name=actor.name, editors=_with([], actor))


@verb("approvals.edit_catalogue", permission=edits, need=NEED_EDITOR, subject="draft")
def edit_catalogue(actor: Actor, draft: CatalogueDraft, text: str, *, version: int | None = None) -> CatalogueDraft:
    """Replace the whole text (上传或改写文件). A text with mistakes is kept too, and says so; only what is clean can be submitted.

    ``version``: what the person saw; raises ``Conflict`` (code ``changed``) when somebody changed it since, ``BadInput`` for a file that is
    too large.
    """
    row = _open(draft, version)
    checked = check_text(text, departments())
    if not checked.content and checked.findings and checked.findings[0].line == 0:
        raise BadInput(checked.findings[0].message, where=FILE)
    return _keep(actor, draft, row, text.replace("\r\n", "\n").removeprefix("\ufeff"), _("改写文件"))


@verb("approvals.change_catalogue", permission=edits, need=NEED_EDITOR, subject="draft")
def change_catalogue(
    actor: Actor, draft: CatalogueDraft, changes: Sequence[tuple[Sequence[str], Any]], *, version: int | None = None
) -> CatalogueDraft:
    """Change values at their places (修改事项); everything else in the file, comments too, stays as it is. ``None`` takes a value away.

    Raises ``BadInput`` for a place that the file does not have, or where it would make new mistakes; ``Conflict`` (code ``changed``).
    """
    row = _open(draft, version)
    text = row.text
    for path, value in changes:
        try:
            text = change(text, path, value)
        except (KeyError, ValueError) as error:
            where = "/".join(path)
            raise BadInput(_("文件里改不了 %(place)s。") % {"place": where}, where=str(error), how=_("请在文件里直接改。")) from error
    known = {one.message for one in check_text(row.text, departments()).errors}
    if made := [one for one in check_text(text, departments()).errors if one.message not in known]:
        raise BadInput(made[0].message, where="\n".join(one.message for one in made[1:20]), how=_("请改正后再保存。"))
    return _keep(actor, draft, row, text, "、".join("/".join(path) for path, _value in changes)[:300])


@verb("approvals.submit_catalogue", permission=edits, need=NEED_EDITOR, subject="draft")
def submit_catalogue(
    actor: Actor, draft: CatalogueDraft, release_version: str, note: str = "", *, version: int | None = None
) -> CatalogueDraft:
    """Hand the draft to the one who publishes (送审), under its own version number, e.g. 2019-1.

    Raises ``BadInput`` with every mistake that is left, or for a number that a release has already; ``Conflict`` when nothing was changed.
    """
    row = _open(draft, version)
    number = release_version.strip()
    if not number or DefinitionRelease.objects.filter(version=number).exists():
        raise BadInput(_("版本号「%(n)s」是空的，或已经用过。") % {"n": number}, where=FILE + ": version", how=_("请写一个新的版本号。"))
    if row.text == text_of(row.base):
        raise Conflict(_("事项库没有改动，不用发布。"), how=_("请先修改，或放弃这份编辑稿。"))
    checked = clean(row.text)
    if str(checked.content.get("version", "")) != number:
        row.text = change(row.text, ("version",), number)
    row.state, row.note, row.submitted_by_name, row.returned = State.SUBMITTED, note[:500], actor.name, ""
    row.version += 1
    row.save()
    remark(release_version=number)
    draft.refresh_from_db()
    return draft


@verb("approvals.return_catalogue", permission=edits, need=NEED_EDITOR, subject="draft")
def return_catalogue(actor: Actor, draft: CatalogueDraft, reason: str) -> CatalogueDraft:
    """Give a submitted draft back to be edited further (退回修改). Raises ``BadInput`` without a reason, ``Conflict`` in another state."""
    row = _locked(draft)
    if row.state != State.SUBMITTED:
        raise Conflict(_("编辑稿现在是「%(state)s」。") % {"state": row.get_state_display()}, how=_("只有待发布的可以退回。"))
    if not reason.strip():
        raise BadInput(_("请写退回原因。"))
    row.state, row.returned = State.EDITING, reason.strip()[:500]
    row.save()
    draft.refresh_from_db()
    return draft


@verb("approvals.discard_catalogue", permission=edits, need=NEED_EDITOR, subject="draft")
def discard_catalogue(actor: Actor, draft: CatalogueDraft) -> CatalogueDraft:
    """Give the draft up; it stays on record."""
    row = _locked(draft)
    row.state = State.DISCARDED
    row.save()
    draft.refresh_from_db()
    return draft


@verb("approvals.publish_catalogue", permission=publishes, need=NEED_PUBLISHER, subject="draft")
def publish_catalogue(actor: Actor, draft: CatalogueDraft) -> DefinitionRelease:
    """Publish a submitted draft: a new version of the city pack with this file comes into force, and its catalogue as a release.

    Raises ``Refused`` for one who edited it, ``Conflict`` in another state or when the file in force is no longer the one it began with,
    ``BadInput`` with every mistake.
    """
    row = _locked(draft)
    if actor.user_id is not None and actor.user_id in row.editors:
        raise Refused(_("您参与了编辑，不能自己发布。"), where=str(NEED_PUBLISHER), how=_("请另一位系统管理员发布。"))
    if row.state != State.SUBMITTED:
        raise Conflict(_("编辑稿现在是「%(state)s」。") % {"state": row.get_state_display()}, how=_("请先送审。"))
    pack = selectors.pack()
    if text_of(pack) != text_of(row.base):
        raise Conflict(
            _("城市包换过版，事项库已不是编辑稿开始时的那一份。"), how=_("请退回，导出两份比较，把改动并到新的编辑稿里。"), code="changed"
        )
    clean(row.text)
    with tempfile.TemporaryDirectory() as folder:
        write_pack(actor, pack, Path(folder), row.text)
        load_pack(actor, Path(folder))
    release = publish_definition(actor)
    row.state, row.release = State.PUBLISHED, release
    row.save()
    remark(release=release.number, editors=row.editors)
    draft.refresh_from_db()
    return release


def text_of(pack: PackVersion) -> str:
    """The text of ``approvals.yaml`` in a version of the pack. Raises ``Conflict`` when it has none."""
    part = pack.parts.filter(name=f"file:{FILE}").first()
    if part is None:
        raise Conflict(_("城市包里没有事项库（approvals.yaml）。"), how=_("请在城市包里给出并装入。"))
    return str(part.content["text"])


def write_pack(actor: Actor, pack: PackVersion, folder: Path, text: str) -> None:
    """The files of ``pack`` with another catalogue, under a version number of its own: 2018.1 → 2018.1+a1 → 2018.1+a2 …"""
    export_pack(system(actor.name), pack, folder)
    (folder / FILE).write_text(text, encoding="utf-8", newline="\n")
    stem, _plus, last = pack.version.partition("+a")
    number = int(last) if last.isdigit() else 0
    while True:
        number += 1
        version = f"{stem}+a{number}"
        if not PackVersion.objects.filter(city=pack.city, version=version).exists():
            break
    manifest = folder / "pack.yaml"
    manifest.write_text(
        VERSION_LINE.sub(f'version: "{version}"', manifest.read_text(encoding="utf-8"), count=1), encoding="utf-8", newline="\n"
    )


def clean(text: str) -> Checked:
    """The checked text. Raises ``BadInput`` with every mistake."""
    checked = check_text(text, departments())
    if checked.errors:
        lines = [f"{FILE}:{one.line}: {one.message}" for one in checked.errors[:50]]
        raise BadInput(_("事项库有 %(n)s 处错误，没有发布。") % {"n": len(checked.errors)}, where="\n".join(lines), how=_("请逐处改正。"))
    return checked


def departments() -> set[str]:
    """Codes that a catalogue may name."""
    return set(Department.objects.values_list("code", flat=True))


def _locked(draft: CatalogueDraft) -> CatalogueDraft:
    row = lock_row(CatalogueDraft.objects.select_related("base"), draft.pk)
    if row.state not in OPEN:
        raise Conflict(_("编辑稿现在是「%(state)s」，不能再改。") % {"state": row.get_state_display()}, how=_("请新建一份编辑稿。"))
    return row


def _open(draft: CatalogueDraft, version: int | None) -> CatalogueDraft:
    row = _locked(draft)
    if row.state != State.EDITING:
        raise Conflict(_("编辑稿已送审，不能再改。"), how=_("要改请先退回。"))
    if version is not None and version != row.version:
        raise Conflict(_("编辑稿刚被别人改过。"), how=_("请刷新页面看过再改。"), code="changed")
    return row


def _keep(actor: Actor, draft: CatalogueDraft, row: CatalogueDraft, text: str, what: str) -> CatalogueDraft:
    if text != row.text:
        line = {"at": timezone.localtime().strftime("%Y-%m-%d %H:%M"), "by": actor.name, "what": what}
        row.text, row.editors, row.lines = text, _with(row.editors, actor), [*row.lines, line]
        row.version += 1
        row.save()
        remark(what=what)
    draft.refresh_from_db()
    return draft


def _with(editors: list[int], actor: Actor) -> list[int]:
    return [*editors, actor.user_id] if actor.user_id is not None and actor.user_id not in editors else list(editors)
