"""Papers at the counter (窗口来件): scanned, compared with the original, handed back; from then on the scan counts (单轨制)."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.approvals.models import CounterPaper, Material, StageApplication
from lantu.approvals.permissions import NEED_WINDOW, can_receive
from lantu.approvals.services.materials import hand_in
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, Conflict
from lantu.core.models import StoredFile
from lantu.core.verbs import verb


@verb("approvals.take_paper", permission=can_receive, need=NEED_WINDOW, subject="application")
def take_paper(
    actor: Actor,
    application: StageApplication,
    code: str,
    stored: StoredFile,
    filename: str,
    *,
    title: str,
    pages: int = 1,
    brought_by: str,
) -> CounterPaper:
    """Take a paper that was brought to the counter: its scan becomes the material's newest version. Raises what ``hand_in``
    raises, and ``BadInput`` without a title or who brought it."""
    if not brought_by.strip() or not title.strip():
        raise BadInput(_("须填名称和送件人。"), where=application.number, how=_("请补填。"))
    material = hand_in(actor, application, code, stored, filename)
    if not material.reference:
        material.reference = title.strip()[:300]
        material.save(update_fields=["reference"])
    return CounterPaper.objects.create(
        application=application,
        material=material,
        title=title.strip(),
        pages=pages,
        brought_by=brought_by.strip(),
        taken_by_name=actor.name,
    )


@verb("approvals.compare_paper", permission=can_receive, need=NEED_WINDOW, subject="paper")
def compare_paper(actor: Actor, paper: CounterPaper) -> CounterPaper:
    """Mark the scan as compared with the original (与原件核对无误). Raises ``Conflict`` after it was handed back or compared already."""
    row = CounterPaper.objects.select_for_update(of=("self", "material")).select_related("material").get(pk=paper.pk)
    if row.returned_at is not None or row.material.checked_at is not None:
        raise Conflict(_("这件已经核对或交还。"), where=row.title, how=_("请刷新页面。"))
    Material.objects.filter(pk=row.material_id).update(checked_by_name=actor.name, checked_at=timezone.now())
    paper.refresh_from_db()
    return row


@verb("approvals.return_paper", permission=can_receive, need=NEED_WINDOW, subject="paper")
def return_paper(actor: Actor, paper: CounterPaper, to: str) -> CounterPaper:
    """Hand the paper back (原件退还). Raises ``Conflict`` before it was compared or after it went back, ``BadInput`` without to whom."""
    row = CounterPaper.objects.select_for_update(of=("self", "material")).select_related("material").get(pk=paper.pk)
    if row.returned_at is not None or row.material.checked_at is None:
        raise Conflict(_("须先与原件核对，且只能交还一次。"), where=row.title, how=_("请先核对。"))
    if not to.strip():
        raise BadInput(_("没有填领回人。"), where=row.title, how=_("请补填。"))
    row.returned_to, row.returned_by_name, row.returned_at = to.strip()[:100], actor.name, timezone.now()
    row.save(update_fields=["returned_to", "returned_by_name", "returned_at"])
    paper.refresh_from_db()
    return row
