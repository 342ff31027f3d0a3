"""From the grant to the seal: choose a type, fill in, change, extend; what waits for its seal; batches of sealing with their progress."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lantu.certificates import tables
from lantu.certificates.forms import ChangeForm, ExtendForm, GrantForm
from lantu.certificates.models import NEVER_ISSUED, Certificate
from lantu.certificates.permissions import ISSUERS, PREPARERS, READERS
from lantu.certificates.selectors import batch_of, batches_of, waiting
from lantu.certificates.services import (
    Grant,
    apply_for_certificate_seal,
    change_certificate,
    drop_certificate,
    enqueue_batch,
    extend_certificate,
    prepare_certificate,
)
from lantu.certificates.types import certificate_type, register
from lantu.core.access import access
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, LantuError
from lantu.core.models import Job
from lantu.documents.models import Seal
from lantu.ui import bulk
from lantu.ui.tables import BulkAct, Table
from lantu.ui.views import ENDED, LIGHTS


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


@access(*PREPARERS)
def new(request: HttpRequest) -> HttpResponse:
    """Choose a type."""
    department = _actor(request).department
    rows = [(one, department in one.issuers) for one in register().types.values()]
    return render(request, "certificates/new.html", {"rows": rows})


@access(*PREPARERS)
def grant(request: HttpRequest, code: str) -> HttpResponse:
    """Fill in: the number is held at once. With a seal, it is made and sealed as a job; without, it waits for its seal."""
    of, actor = certificate_type(code), _actor(request)
    issuing = actor.role in ISSUERS
    form = GrantForm(of, actor.department, request.POST or None, issuing=issuing)
    key = request.POST.get("key") or uuid.uuid4().hex
    if request.method == "POST" and form.is_valid():
        try:
            row = prepare_certificate(actor, Grant(type=code, key=f"page/{key}", **form.values()))
            return _onward(request, row, form.cleaned_data.get("seal"))
        except LantuError as error:
            form.add_error(None, str(error))
    return render(request, "certificates/grant.html", {"of": of, "form": form, "key": key, "issuing": issuing})


def _onward(request: HttpRequest, row: Certificate, seal: Seal | None) -> HttpResponse:
    """Seal it, apply for the seal, or leave it waiting."""
    if seal is not None and not seal.two_steps:
        return _started(enqueue_batch(_actor(request), [(row, seal)]))
    if seal is not None:
        apply_for_certificate_seal(_actor(request), row, seal)
        messages.success(request, _("已取号 %(number)s，用印申请已提交，经批准后再制证。") % {"number": row.number})
    else:
        messages.success(request, _("已取号 %(number)s，等待制证、用印。") % {"number": row.number})
    return redirect(row)


def _started(job: Job) -> HttpResponse:
    return redirect("certificates:batch", job.pk)


@access(*PREPARERS)
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Change data, holder or ground: a successor is prepared, the old one lapses when that is issued."""
    row = get_object_or_404(Certificate, pk=pk)
    of, actor = certificate_type(row.type), _actor(request)
    form = ChangeForm(of, row, request.POST or None)
    return _succeed(request, row, form, lambda key: change_certificate(actor, row, key=key, **form.values(), **form.why()))


@access(*PREPARERS)
def extend(request: HttpRequest, pk: int) -> HttpResponse:
    """A longer validity: a successor is prepared."""
    row, actor = get_object_or_404(Certificate, pk=pk), _actor(request)
    form = ExtendForm(request.POST or None)
    return _succeed(request, row, form, lambda key: extend_certificate(actor, row, key=key, **form.cleaned_data))


def _succeed(request: HttpRequest, row: Certificate, form: Any, act: Any) -> HttpResponse:
    key = request.POST.get("key") or uuid.uuid4().hex
    if request.method == "POST" and form.is_valid():
        try:
            made = act(f"page/{key}")
        except LantuError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("第 %(n)s 版已取号，发证后前证即失效。下一步：制证、用印。") % {"n": made.issue_version})
            return redirect(made)
    extending = isinstance(form, ExtendForm)
    context = {"row": row, "form": form, "key": key, "extending": extending, "tag": tables.state_tag(row)}
    return render(request, "certificates/change.html", context)


@access(*ISSUERS)
@require_POST
def issue(request: HttpRequest, pk: int) -> HttpResponse:
    """Make and seal one prepared certificate as a job; also after a failure."""
    row = get_object_or_404(Certificate, pk=pk)
    return _started(enqueue_batch(_actor(request), [(row, _seal(request.POST.get("seal", "")))]))


@access(*PREPARERS)
@require_POST
def apply(request: HttpRequest, pk: int) -> HttpResponse:
    """Apply for a seal that is used in two steps."""
    row = get_object_or_404(Certificate, pk=pk)
    found = apply_for_certificate_seal(_actor(request), row, _seal(request.POST.get("seal", "")))
    messages.success(request, _("用印申请已提交，由本部门另一位审定人批准。"))
    return redirect("documents:seal-request", found.pk)


@access(*PREPARERS)
@require_POST
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Void the number of a certificate that was prepared wrongly."""
    row = drop_certificate(_actor(request), get_object_or_404(Certificate, pk=pk), reason=request.POST.get("reason", ""))
    messages.success(request, _("编号 %(number)s 已作废，不再使用。") % {"number": row.number})
    return redirect(row)


def _seal(key: str) -> Seal:
    found = Seal.objects.filter(pk=key).first() if key.isdigit() else None
    if found is None:
        raise BadInput(_("没有选印章。"), how=_("请选一枚在用的印章。"))
    return found


def _acts(actor: Actor) -> list[BulkAct]:
    seals = list(Seal.objects.filter(department=actor.department, state=Seal.State.ACTIVE).order_by("code"))
    acts = []
    if actor.role in ISSUERS and seals:
        acts.append(
            BulkAct(
                "issue",
                _("制证并用印"),
                "certificate",
                options=lambda: [(str(seal.pk), seal.name) for seal in seals],
                confirm=_("用印后证照立即生效，不能修改。现在发证？"),
            )
        )
    two_steps = [seal for seal in seals if seal.two_steps]
    if two_steps:
        acts.append(BulkAct("apply", _("申请用印"), options=lambda: [(str(seal.pk), seal.name) for seal in two_steps]))
    return acts


def _waiting(actor: Actor) -> Table:
    rows = waiting(actor.department if actor.role in PREPARERS else "")
    acts = _acts(actor) if actor.role in PREPARERS else []
    return tables.waiting(rows, acts)


@access(*READERS)
def prepared(request: HttpRequest) -> HttpResponse:
    """What waits for its seal: one or many are sealed together, all or none; or a two-step seal is applied for."""
    actor = _actor(request)
    table = _waiting(actor)
    if request.method == "POST":
        wanted = request.POST.get("act", "")
        if wanted not in {one.key for one in table.bulk}:
            raise BadInput(_("没有选要办理的事项。"))
        rows, seal = list(table.chosen(request)), _seal(request.POST.get(f"{wanted}_value", ""))
        if wanted == "issue" and rows:
            return _started(enqueue_batch(actor, [(row, seal) for row in rows]))
        bulk.run(rows, lambda row: apply_for_certificate_seal(actor, row, seal)).tell(request)
        return redirect(request.get_full_path())
    return table.response(request, "certificates/prepared.html", {"batches": batches_of(actor)[:5]})


@access(*ISSUERS)
def batch(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """A batch of sealing: its progress, what failed and how to go on, its certificates with the numbers that they keep."""
    job, rows = batch_of(_actor(request), pk)
    table = tables.certificates(rows, may_issue=False, key="batch")
    issued = rows.exclude(state__in=NEVER_ISSUED).count()
    context = {
        "job": job,
        "ended": job.state in ENDED,
        "light": LIGHTS[Job.State(job.state)],
        "next": request.path,
        "issued": issued,
        "total": rows.count(),
    }
    return table.response(request, "certificates/batch.html", context)
