"""A filed application as its applicant sees it: where it stands, what is asked, receipt, new versions, withdrawal, rating."""

from __future__ import annotations

from typing import Any, BinaryIO, cast

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lantu.approvals import services
from lantu.approvals.catalogue.definition import Definition
from lantu.approvals.catalogue.forms import parsed
from lantu.approvals.models import Rating, StageApplication, StageResult
from lantu.approvals.selectors import applicants, dossier
from lantu.approvals.selectors.tracking import track
from lantu.approvals.services.lodging import filed_form
from lantu.approvals.services.materials import wanted
from lantu.approvals.services.papers import papers_of
from lantu.approvals.views.guides import name_of
from lantu.approvals.views.portal import TONES, said
from lantu.approvals.views.portal_draft import _shown, _typed
from lantu.casework.people import names_today
from lantu.core import files
from lantu.core.access import access
from lantu.core.errors import BadInput, LantuError
from lantu.ui.typed import typed_number

OPEN, DEFERRED = StageApplication.State.OPEN, StageApplication.State.APPROVED_DEFERRED
UNSEEN = (StageResult.State.DUE, StageResult.State.READY)
"""Results that have not gone out yet."""
NOT_HERE = ("certificate.", "delivery", "decision", "refusal")
"""Papers that the page shows as results, not among the notices."""


@access("builder")
def case(request: HttpRequest, pk: int) -> HttpResponse:
    """Where the application stands."""
    found = applicants.application(request.actor, pk)  # type: ignore[attr-defined]
    if request.method == "POST":
        try:
            with transaction.atomic():
                messages.success(request, _act(request, found))
        except LantuError as error:
            said(request, error)
        return redirect("portal:case", pk)
    where = track(found, names_today())
    others = StageApplication.objects.filter(project=found.project).order_by("stage", "filed_at")
    latest = {row.stage: row for row in others if row.applicant_id == found.applicant_id}
    context = {
        **_facts(found, where.definition),
        "track": where,
        "haves": dossier.materials(found),
        "stages": [
            {"stage": one, "name": name_of(one), "row": latest.get(code), "now": code == found.stage}
            for code, one in where.definition.stages.items()
        ],
        "wanted": wanted(found) if found.state in (OPEN, DEFERRED) else set(),
        "results": list(found.results.exclude(state__in=UNSEEN).select_related("receipt").order_by("pk")),
        "to_receive": found.results.filter(state=StageResult.State.OUT).count(),
        "papers": [one for one in papers_of(found) if one.state != one.State.DRAFT and not one.template.startswith(NOT_HERE)],
        "next_stage": _next_stage(found, latest, where.definition),
        "rating": Rating.objects.filter(application=found).first(),
        "upload_url": reverse("portal:upload-case", args=[pk]),
    }
    return render(request, "approvals/portal/case.html", context)


@access("builder")
def receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """The receipt of filing: when it came, and the day that counts."""
    found = applicants.application(request.actor, pk)  # type: ignore[attr-defined]
    where = track(found, names_today())
    return render(
        request, "approvals/portal/receipt.html", {**_facts(found, where.definition), "track": where, "haves": dossier.materials(found)}
    )


@access("builder")
@require_POST
def hand_in(request: HttpRequest, pk: int) -> HttpResponse:
    """A new version of a material, or one that was promised."""
    found = applicants.application(request.actor, pk)  # type: ignore[attr-defined]
    upload = request.FILES.get("upload")
    part = request.POST.get("part", "1")
    try:
        if upload is None:
            raise BadInput(_("没有选择文件。"), how=_("请选择后再传。"))
        services.hand_in(
            request.actor,  # type: ignore[attr-defined]
            found,
            request.POST.get("code", ""),
            files.store(cast("BinaryIO", upload)),
            upload.name or "",
            part=typed_number(part),
        )
    except LantuError as error:
        said(request, error)
    else:
        messages.success(request, _("已收下新版本，旧版本留存备查。"))
    return redirect("portal:case", pk)


@access("builder")
def amend(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the form of a filed application, as a new version."""
    found = applicants.application(request.actor, pk)  # type: ignore[attr-defined]
    form, before = filed_form(found), dossier.form(found)
    values = dict(before.values) if before else {}
    locked = {one.code for one in form if one.locked and before is not None and one.code in before.derived}
    problems: dict[str, str] = {}
    if request.method == "POST":
        answers = {one.code: parsed(one, request.POST[one.code]) for one in form if one.code in request.POST and one.code not in locked}
        changed = {code: value for code, value in answers.items() if value != values.get(code, "")}
        try:
            services.amend_form(request.actor, found, changed)  # type: ignore[attr-defined]
        except LantuError as error:
            problems = dict(error.values.get("problems", {}))
            if not problems:
                said(request, error)
                return redirect("portal:case", pk)
            values |= answers
        else:
            messages.success(request, _("已保存为申请表的新版本。"))
            return redirect("portal:case", pk)
    rows = [
        {"field": one, "value": _typed(one, values.get(one.code, "")), "locked": one.code in locked, "problem": problems.get(one.code, "")}
        for one in form
    ]
    definition = track(found, {}).definition
    return render(request, "approvals/portal/amend.html", {**_facts(found, definition), "rows": rows}, status=422 if problems else 200)


def _next_stage(found: StageApplication, latest: dict[str, StageApplication], definition: Definition) -> str:
    """The code of the stage that may be prepared now that this one is granted; empty when it is under way or there is none."""
    codes = list(definition.stages)
    after = codes[codes.index(found.stage) + 1 :] if found.stage in codes else []
    granted = found.state in (StageApplication.State.APPROVED, StageApplication.State.APPROVED_DEFERRED)
    return after[0] if granted and after and after[0] not in latest else ""


def _act(request: HttpRequest, found: StageApplication) -> str:
    """Do what was sent; what to say when it is done."""
    actor, data = request.actor, request.POST  # type: ignore[attr-defined]
    act = data.get("act", "")
    if act == "answer":
        services.answer_corrections(actor, found, data.get("text", ""))
        return _("已提交补正，综合窗口会尽快核对。")
    if act == "withdraw":
        services.withdraw_stage(actor, found, data.get("text", ""))
        return _("已撤回。")
    if act == "again":
        branch = found.branches.filter(pk=typed_number(data.get("branch"))).first()
        if branch is None:
            raise BadInput(_("没有这个事项。"), how=_("请刷新页面。"))
        services.file_again(actor, branch)
        return _("已重新申报这个事项。")
    if act == "receive":
        rows = services.receive_results(actor, found, data.get("signature", ""))
        return _("已签收 %(n)s 件结果，可以下载。") % {"n": len(rows)}
    if act == "rate":
        score = data.get("score", "")
        services.rate(actor, found, typed_number(score), data.get("text", ""))
        return _("谢谢您的评价。")
    raise BadInput(_("没有这个办理动作。"), how=_("请刷新页面。"))


def _facts(found: StageApplication, definition: Any) -> dict[str, Any]:
    form = dossier.form(found)
    fields = definition.fields
    values = []
    for one in filed_form(found) if form else []:
        values.append((one, _shown(one, form.values.get(one.code) if form else None), (form.derived if form else {}).get(one.code)))
    return {
        "application": found,
        "stage": name_of(definition.stages[found.stage]),
        "lead": names_today().get(found.lead, found.lead),
        "limit": definition.stages[found.stage].limits.get(found.project_class),
        "tone": TONES.get(found.state, "line"),
        "values": values,
        "form_number": form.number if form else 0,
        "fields": fields,
    }
