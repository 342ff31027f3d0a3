"""Handing in materials: files by content, versions, commitments, the check against the original."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.approvals import content, scanning
from lantu.approvals.catalogue import read
from lantu.approvals.events import Code
from lantu.approvals.models import Draft, Material, Promise, StageApplication
from lantu.approvals.rights import NEED_APPLICANT, NEED_MEMBER, may_apply, may_prepare
from lantu.approvals.services.drafting import locked as locked_draft
from lantu.casework import calendars
from lantu.core.actor import Actor
from lantu.core.audit import remark
from lantu.core.errors import BadInput, Conflict
from lantu.core.events import emit
from lantu.core.models import StoredFile
from lantu.core.permissions import has_role
from lantu.core.verbs import verb

OPEN_FOR_APPLICANT = (Code.RECEIVED, Code.CORRECTION_ASKED, Code.APPROVED_DEFERRED)
"""States of a branch in which its applicant may still replace a material: before acceptance, when asked to, when it was promised."""
NEED_WINDOW = gettext_lazy("须由综合窗口核对原件。")
MOST_PARTS = 50


@verb("approvals.hand_in", permission=may_apply, need=NEED_APPLICANT, subject="holder")
def hand_in(actor: Actor, holder: Draft | StageApplication, code: str, stored: StoredFile, filename: str, *, part: int = 1) -> Material:
    """Hand in a file of a material (交材料); what was there stays as an older version. By the window it counts as scanned at the counter.

    Raises ``BadInput`` for an unknown material, or a file that is not what the material must be (by its content) or carries a virus,
    ``Conflict`` when nothing may be handed in now.
    """
    row = _material_row(holder, code)
    if not 1 <= part <= MOST_PARTS:
        raise BadInput(_("一份材料最多 %(n)s 个文件。") % {"n": MOST_PARTS}, how=_("请合并后再传。"))
    facts = content.check(stored, row, filename)
    scan, engine = scanning.scan(stored, filename)
    place = _place(actor, holder, code)
    rows = Material.objects.filter(code=code, part=part, **place)
    last = rows.order_by("-version").first()
    if last is not None and not last.withdrawn and last.stored_id == stored.pk:
        return last
    made = Material.objects.create(
        **place,
        **({"draft": last.draft} if last is not None and "draft" not in place else {}),
        code=code,
        part=part,
        version=(last.version if last else 0) + 1,
        source=Material.Source.COUNTER if actor.role == "window" else Material.Source.HANDED_IN,
        stored=stored,
        filename=filename[:200],
        facts=facts,
        scan=scan,
        scan_by=engine,
        by_id=actor.user_id,
        by_name=actor.name,
    )
    remark(material=code, part=part, version=made.version, sha256=stored.sha256, scan=scan)
    if isinstance(holder, StageApplication):
        emit(actor, "approvals.material_handed_in", holder, material=code, version=made.version)
    return made


@verb("approvals.take_back_material", permission=may_prepare, need=NEED_MEMBER, subject="material")
def take_back_material(actor: Actor, material: Material) -> Material:
    """Take a file of a draft back (撤下); it stays on record. Raises ``Conflict`` once the application is filed."""
    if material.application_id is not None or material.draft is None:
        raise Conflict(_("已经申报的材料不能撤下。"), how=_("请在补正时换新版本。"))
    locked_draft(material.draft)
    Material.objects.filter(draft=material.draft, code=material.code, part=material.part).update(withdrawn=True)
    material.refresh_from_db()
    return material


@verb("approvals.commit_later", permission=may_prepare, need=NEED_MEMBER, subject="draft")
def commit_later(actor: Actor, draft: Draft, code: str) -> Material:
    """Promise a material that may come later (容缺承诺); the day by which is counted from the filing.

    Raises ``BadInput`` for a material that may not be deferred.
    """
    row = _material_row(locked_draft(draft), code)
    if not row.get("deferrable"):
        raise BadInput(_("「%(name)s」不能容缺。") % {"name": row["name_zh"]}, how=_("请上传。"))
    last = Material.objects.filter(draft=draft, code=code, part=1).order_by("-version").first()
    if last is not None and last.source == Material.Source.COMMITTED and not last.withdrawn:
        return last
    return Material.objects.create(
        draft=draft,
        code=code,
        version=(last.version if last else 0) + 1,
        source=Material.Source.COMMITTED,
        reference=_("承诺在 %(n)s 个工作日内补齐") % {"n": defer_days(row)},
        by_id=actor.user_id,
        by_name=actor.name,
    )


@verb("approvals.check_original", permission=has_role("window"), need=NEED_WINDOW, subject="material")
def check_original(actor: Actor, material: Material) -> Material:
    """Mark a material that came online as compared with its original, which is handed back (核对原件，原件退回).

    Raises ``Conflict`` for one without a file, or compared already.
    """
    row = Material.objects.select_for_update(of=("self",)).get(pk=material.pk)
    if row.stored_id is None or row.checked_at is not None:
        raise Conflict(_("没有文件，或已经核对过原件。"), where=row.code, how=_("请刷新页面。"))
    row.checked_by_name, row.checked_at = actor.name, timezone.now()
    row.save(update_fields=["checked_by_name", "checked_at"])
    material.refresh_from_db()
    return row


def defer_days(row: dict[str, Any]) -> int:
    """Working days within which a deferred material must come."""
    return int(row.get("defer_days", 10))


def due_of(row: dict[str, Any], start: Any) -> Any:
    """The day by which a deferred material must come, counted from ``start``."""
    return calendars.current().add(start, defer_days(row))[0]


def _material_row(holder: Draft | StageApplication, code: str) -> dict[str, Any]:
    row = read(holder.definition.content).materials.get(code)
    if row is None:
        raise BadInput(_("没有材料 %(code)s。") % {"code": code}, how=_("请从材料清单中选择。"))
    return dict(row)


def wanted(application: StageApplication, more: tuple[Code, ...] = ()) -> set[str]:
    """The materials of which a file may be handed in now: those of items not accepted yet or to be mended, and those still to come by an
    open promise (容缺承诺). ``more``: further states of a branch that count."""
    items = read(application.definition.content).items
    open_items = application.branches.filter(state__in=(*OPEN_FOR_APPLICANT, *more)).values_list("item", flat=True)
    promises = Promise.objects.filter(branch__application=application, kind=Promise.Kind.DEFERRAL, state=Promise.State.OPEN)
    promised = {code for materials in promises.values_list("materials", flat=True) for code in materials}
    return promised | {code for item in open_items for code in items[item].materials}


def _place(actor: Actor, holder: Draft | StageApplication, code: str) -> dict[str, Any]:
    """Where a new file hangs, under the lock of its holder. Raises ``Conflict`` when nothing may be handed in now."""
    if isinstance(holder, Draft):
        return {"draft": locked_draft(holder)}
    row = StageApplication.objects.select_for_update().get(pk=holder.pk)
    if row.state not in (StageApplication.State.OPEN, StageApplication.State.APPROVED_DEFERRED):
        raise Conflict(_("申请已经办结，不能再交材料。"), where=row.number)
    if code not in wanted(row, (Code.CORRECTION_DONE,) if actor.role == "window" else ()):
        raise Conflict(
            _("现在不需要交这份材料。"), where=row.number, how=_("受理之后只有在补正或补齐容缺材料时才能更换；如确需更换，请联系综合窗口。")
        )
    return {"application": row}
