"""Editing the catalogue (事项库编辑): the draft with its findings and changes, its file, forms for the commonest changes, publication."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from lantu.approvals import services
from lantu.approvals.catalogue.compare import differences
from lantu.approvals.catalogue.sentences import local
from lantu.approvals.catalogue.text import MAX_BYTES, check_text
from lantu.approvals.catalogue_forms import ItemForm, LimitsForm
from lantu.approvals.models import CatalogueDraft
from lantu.approvals.selectors import catalogue as reads
from lantu.approvals.services.cataloguing import EDITORS, departments, text_of
from lantu.approvals.views.catalogue import _difference
from lantu.approvals.words import Words
from lantu.core.access import access
from lantu.core.errors import BadInput, LantuError, NotFound
from lantu.ui.typed import typed_number


@access(*EDITORS)
def draft(request: HttpRequest) -> HttpResponse:
    """The draft under way; a POST begins one or does something with it."""
    found = reads.open_draft()
    error: LantuError | None = None
    if request.method == "POST":
        try:
            done = _do(request, found)
        except LantuError as refused:
            error = refused
        else:
            messages.success(request, done)
            return redirect("approvals:catalogue-draft" if reads.open_draft() else "approvals:catalogue")
    if found is None:
        return (
            redirect("approvals:catalogue")
            if error is None
            else render(request, "approvals/catalogue/none.html", {"error": error}, status=422)
        )
    found.refresh_from_db()
    checked = check_text(found.text, departments())
    readable = reads.readable(checked)
    base = check_text(text_of(found.base), departments()).content
    actor = request.actor  # type: ignore[attr-defined]
    context: dict[str, Any] = {
        "draft": found,
        "text": request.POST.get("text", found.text) if error else found.text,
        "error": error,
        "findings": checked.findings,
        "errors": len(checked.errors),
        "readable": readable,
        "rows": [_difference(one) for one in differences(base, checked.content)] if checked.content else [],
        "items": _items(checked.content) if readable else [],
        "editing": found.state == CatalogueDraft.State.EDITING,
        "may_publish": actor.role == "sysadmin" and actor.user_id not in found.editors,
        "is_admin": actor.role == "sysadmin",
    }
    return render(request, "approvals/catalogue/draft.html", context, status=422 if error else 200)


def _do(request: HttpRequest, found: CatalogueDraft | None) -> str:
    """What was asked for, and the word on it."""
    actor = request.actor  # type: ignore[attr-defined]
    act = request.POST.get("act", "")
    if act == "start":
        services.start_catalogue(actor)
        return _("可以开始编辑。原来的版次照常使用，到发布时才换。")
    if found is None:
        raise NotFound(_("现在没有编辑稿。"), how=_("请从事项库新建。"))
    acts: dict[str, Callable[[], Any]] = {
        "text": lambda: services.edit_catalogue(actor, found, _text(request), version=_version(request)),
        "submit": lambda: services.submit_catalogue(
            actor, found, request.POST.get("release_version", ""), request.POST.get("note", ""), version=_version(request)
        ),
        "return": lambda: services.return_catalogue(actor, found, request.POST.get("reason", "")),
        "discard": lambda: services.discard_catalogue(actor, found),
        "publish": lambda: services.publish_catalogue(actor, found),
    }
    if act not in acts:
        raise BadInput(_("没有「%(act)s」这个操作。") % {"act": act}, how=_("请从页面上的按钮进行。"))
    acts[act]()
    words = {
        "text": _("已保存，校核结果见下。"),
        "submit": _("已送审，等没有参与编辑的系统管理员发布。"),
        "return": _("已退回修改。"),
        "discard": _("已放弃编辑稿。"),
        "publish": _("已发布。城市包换成含这一版事项库的新版本，申报草稿正在后台按新版核对。"),
    }
    return words[act]


def _version(request: HttpRequest) -> int | None:
    sent = request.POST.get("version", "")
    return typed_number(sent) if sent else None


def _text(request: HttpRequest) -> str:
    """The file that was uploaded, else the text of the page. Raises ``BadInput`` for what is no UTF-8 text or too large."""
    upload = request.FILES.get("upload")
    if upload is None:
        return request.POST.get("text", "")
    if (upload.size or 0) > MAX_BYTES:
        raise BadInput(_("文件超过 %(n)s MB。") % {"n": MAX_BYTES >> 20}, where=str(upload.name))
    try:
        return upload.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        where = f"{upload.name}:{error.start}"
        raise BadInput(_("文件不是 UTF-8 文本。"), where=where, how=_("请另存为 UTF-8 再上传。")) from error


def _items(content: dict[str, Any]) -> list[dict[str, Any]]:
    """The items to pick one to edit, by stage."""
    words = Words()
    return [
        {"code": code, "name": local(row), "stage": local(content["stages"].get(str(row["stage"]), {})), "days": row["days"],
         "department": words.department(row.get("department") or "")}
        for code, row in content["items"].items()
    ]  # fmt: skip


@access(*EDITORS)
def item(request: HttpRequest, code: str) -> HttpResponse:
    """The form of one item."""
    found = _editable()
    shown = reads.find(reads.DRAFT)
    if code not in shown.definition.items:
        raise NotFound(_("编辑稿里没有事项 %(code)s。") % {"code": code}, how=_("请从编辑稿打开。"))
    form = ItemForm(request.POST or None, content=shown.content, definition=shown.definition, code=code)
    if (done := _keep(request, found, form)) is not None:
        return done
    context = {"form": form, "name": local(shown.content["items"][code]), "code": code, "draft": found, "conditions": form.conditions()}
    return render(request, "approvals/catalogue/edit_item.html", context, status=422 if form.errors else 200)


@access(*EDITORS)
def limits(request: HttpRequest) -> HttpResponse:
    """The form of the limits."""
    found = _editable()
    shown = reads.find(reads.DRAFT)
    form = LimitsForm(request.POST or None, content=shown.content, definition=shown.definition)
    if (done := _keep(request, found, form)) is not None:
        return done
    classes = [(code, local(row)) for code, row in shown.definition.classes.items()]
    rows = [
        (
            local(shown.content["stages"][code]),
            form[f"stages/{code}/lead"],
            [form[f"stages/{code}/limits/{name}"] for name, _title in classes],
        )
        for code in shown.definition.stages
    ]
    totals = [form[f"classes/{name}/total"] for name, _title in classes]
    context = {"form": form, "classes": classes, "rows": rows, "totals": totals, "draft": found}
    return render(request, "approvals/catalogue/edit_limits.html", context, status=422 if form.errors else 200)


def _editable() -> CatalogueDraft:
    found = reads.open_draft()
    if found is None or found.state != CatalogueDraft.State.EDITING:
        raise NotFound(_("现在没有可编辑的稿子。"), how=_("请从事项库新建，或先退回已送审的。"))
    return found


def _keep(request: HttpRequest, found: CatalogueDraft, form: ItemForm | LimitsForm) -> HttpResponse | None:
    """Save what was sent and go back to the draft; none when there is something to mend."""
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        services.change_catalogue(request.actor, found, form.changes(), version=_version(request))  # type: ignore[attr-defined]
    except LantuError as error:
        form.add_error(None, str(error))
        return None
    messages.success(request, _("已保存，校核结果见下。"))
    return redirect("approvals:catalogue-draft")
