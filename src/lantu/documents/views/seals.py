"""Seals: register, one seal with keys, grants and uses, applications."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lantu.core.access import access
from lantu.core.errors import BadInput, LantuError
from lantu.documents import tables
from lantu.documents.forms import GrantForm, SealForm
from lantu.documents.models import Seal, SealGrant, SealKey, SealRequest, SealUse
from lantu.documents.permissions import KEEPERS, STAFF, is_second_person, may_keep_seals
from lantu.documents.services import decide_request, end_grant, grant_seal, register_seal, revoke_key, rotate_key, set_seal_state
from lantu.documents.views.papers import file_response

READERS = (*STAFF, *KEEPERS, "auditadmin")


@access(*READERS)
def seals(request: HttpRequest) -> HttpResponse:
    """The register."""
    may_keep = may_keep_seals.test(request.actor)  # type: ignore[attr-defined]
    return tables.seals(Seal.objects.all(), may_keep=may_keep).response(request, "documents/seals.html", {"may_keep": may_keep})


@access(*READERS)
def uses(request: HttpRequest) -> HttpResponse:
    """Every use and refusal."""
    return tables.uses(SealUse.objects.all()).response(
        request, "ui/list.html", {"heading": _("用印记录"), "meta": _("每次用印、被拒绝或未成功的用印，都有文件摘要和经手人。")}
    )


@access(*READERS)
def requests(request: HttpRequest) -> HttpResponse:
    """Applications."""
    return tables.requests(SealRequest.objects.all()).response(request, "ui/list.html", {"heading": _("用印申请")})


@access(*KEEPERS)
def new(request: HttpRequest) -> HttpResponse:
    """Register a seal."""
    form = SealForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        picture = data.pop("picture")
        data["department"] = data["department"].code
        try:
            seal = register_seal(request.actor, picture=picture.read() if picture else None, **data)  # type: ignore[attr-defined]
        except LantuError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("印章已登记，密钥已生成。下一步：授权用印人。"))
            return redirect(seal)
    return render(request, "documents/seal_new.html", {"form": form})


@access(*READERS)
def seal(request: HttpRequest, pk: int) -> HttpResponse:
    """One seal."""
    found = get_object_or_404(Seal.objects.select_related("picture"), pk=pk)
    context = {
        "seal": found,
        "keys": found.keys.all(),
        "grants": found.grants.select_related("user"),
        "uses": found.uses.all()[:20],
        "count": found.uses.count(),
        "form": GrantForm(),
        "may_keep": may_keep_seals.test(request.actor),  # type: ignore[attr-defined]
    }
    return render(request, "documents/seal.html", context)


@access(*READERS)
def picture(request: HttpRequest, pk: int) -> HttpResponse:
    """The seal's image."""
    return file_response(get_object_or_404(Seal, pk=pk).picture, "seal.png", "image/png", attachment=False)


@access(*KEEPERS)
@require_POST
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """Grant, end a grant, rotate, revoke, suspend, retire."""
    found, actor = get_object_or_404(Seal, pk=pk), request.actor  # type: ignore[attr-defined]
    wanted, reason = request.POST.get("act", ""), request.POST.get("reason", "")
    if wanted == "grant":
        form = GrantForm(request.POST)
        if not form.is_valid():
            raise BadInput(_("授权没有填全。"), where="；".join(str(one) for rows in form.errors.values() for one in rows))
        items = [one.strip() for one in form.cleaned_data["items"].replace("，", ",").split(",") if one.strip()]
        grant_seal(actor, found, form.cleaned_data["user"], items=items, valid_to=form.cleaned_data["valid_to"])
    elif wanted == "end":
        end_grant(actor, get_object_or_404(SealGrant, pk=request.POST.get("grant") or 0, seal=found))
    elif wanted == "rotate":
        rotate_key(actor, found)
    elif wanted == "revoke":
        revoke_key(actor, get_object_or_404(SealKey, pk=request.POST.get("key") or 0, seal=found), reason=reason)
    elif wanted in Seal.State.values:
        set_seal_state(actor, found, wanted, reason=reason)
    else:
        raise BadInput(_("没有选要办理的事项。"))
    messages.success(request, _("已办理。"))
    return redirect(found)


@access(*READERS)
def seal_request(request: HttpRequest, pk: int) -> HttpResponse:
    """One application; its decision by another person of the department."""
    found = get_object_or_404(SealRequest.objects.select_related("seal"), pk=pk)
    actor = request.actor  # type: ignore[attr-defined]
    if request.method == "POST":
        decide_request(actor, found, approve=request.POST.get("act") == "approve", reason=request.POST.get("reason", ""))
        messages.success(request, _("已办理。"))
        return redirect("documents:seal-request", pk)
    may_decide = found.state == SealRequest.State.APPLIED and is_second_person.test(actor, found)
    return render(request, "documents/seal_request.html", {"row": found, "may_decide": may_decide, "tag": tables.REQUEST_TAG[found.state]})
