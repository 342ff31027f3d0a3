"""The crosswalk workbench of a delivery."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from lantu.core.access import access
from lantu.core.errors import LantuError
from lantu.plans.permissions import READERS
from lantu.plans.services import crosswalks
from lantu.plans.services.states import State
from lantu.plans.views.wizard import find, frame_of
from lantu.ui.answers import download


@access(*READERS)
def workbench(request: HttpRequest, pk: int) -> HttpResponse:
    """Every source value with what it is taken as; proposals where nothing is decided; Excel out and in."""
    delivery = find(pk)
    if not delivery.current_run:
        return redirect("plans:reading", pk)
    fields = crosswalks.name_fields(delivery)
    wanted = request.POST.get("name_field") or request.GET.get("name_field", "")
    name_field = wanted if wanted in fields else (fields[0] if fields and "name_field" not in request.GET else "")
    error: LantuError | None = None
    if request.method == "POST":
        try:
            return _decide(request, pk, name_field)
        except LantuError as caught:
            error = caught
    rows = crosswalks.workbench(delivery, name_field)
    if request.GET.get("export") == "xlsx":
        title = str(_("代码对照"))
        return download(crosswalks.as_xlsx(rows, title), f"{delivery.dataset.name}-{title}.xlsx")
    table = crosswalks.table_of(delivery)
    frame = frame_of(request, delivery, "mapping")
    context = {
        "rows": rows,
        "undecided": [row for row in rows if not row.decided],
        "choices": [(one.code, one.name_zh) for one in table.entries.values()],
        "table": table,
        "name_fields": fields,
        "name_field": name_field,
        "saved": delivery.dataset.crosswalks.all()[:8],
        "may_decide": frame["may_act"] and delivery.state in (State.INSPECTED, State.MAPPED, State.CHECKED),
        "error": error,
    }
    return render(request, "plans/crosswalk.html", frame | context, status=error.status if error else 200)


def _decide(request: HttpRequest, pk: int, name_field: str) -> HttpResponse:
    delivery = find(pk)
    upload = request.FILES.get("table")
    if upload is not None:
        targets = crosswalks.read_xlsx(upload.read())
    else:
        values = request.POST.getlist("value")
        typed, picked = request.POST.getlist("typed"), request.POST.getlist("picked")
        targets = {value: one.strip() or other for value, one, other in zip(values, typed, picked, strict=False)}
    version = request.POST.get("version", "")
    done = crosswalks.decide(request.actor, delivery, targets, version=version, name_field=name_field)  # type: ignore[attr-defined]
    pending = done.account.get("pending", 0)
    messages.success(
        request, _("已按对照重新归类，还有 %(n)s 个图斑未定。") % {"n": pending} if pending else _("已按对照重新归类，全部图斑都有去向。")
    )
    return redirect(reverse("plans:crosswalk", args=[pk]))
