"""Pages of the shell itself: search, jobs, failures."""

from __future__ import annotations

import uuid
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from lantu.core import selectors, services
from lantu.core.access import access
from lantu.core.models import Job
from lantu.ui import marks, registry
from lantu.ui.filters import Choice, Search
from lantu.ui.tables import Column, Table

LIGHTS = {Job.State.QUEUED: "n", Job.State.RUNNING: "y", Job.State.DONE: "g", Job.State.FAILED: "r", Job.State.CANCELLED: "p"}
ENDED = (Job.State.DONE, Job.State.FAILED, Job.State.CANCELLED)


@access("@")
def search(request: HttpRequest) -> HttpResponse:
    """Everything that a text finds, by kind."""
    text = request.GET.get("q", "").replace("\x00", "").strip()
    groups = []
    for title, find in registry.searchers.all() if text else []:
        if found := find(request, text):
            groups.append((title, found))
    return render(request, "ui/search.html", {"text": text, "groups": groups})


@access("@")
def jobs(request: HttpRequest) -> HttpResponse:
    """One's own long work; the system administrator sees all."""
    table = Table(
        key="jobs",
        title=gettext_lazy("任务"),
        rows=selectors.jobs_of(request.actor),  # type: ignore[attr-defined]
        columns=(
            Column("state", gettext_lazy("状态"), lambda job: job.get_state_display(), sort="state", render=_state),
            Column("title", gettext_lazy("名称"), sort="title", link=lambda job: f"/jobs/{job.pk}/"),
            Column("share", gettext_lazy("进度"), kind="share", sort="share"),
            Column("step", gettext_lazy("步骤"), minor=True),
            Column("created_at", gettext_lazy("发起"), kind="moment", sort="created_at"),
            Column("ended_at", gettext_lazy("结束"), kind="moment", sort="ended_at", minor=True),
        ),
        filters=(Search(gettext_lazy("任务名称"), ["title"]), Choice("state", gettext_lazy("状态"), Job.State.choices)),
        sort="-created_at",
        empty=gettext_lazy("还没有任务。导入规划或发起融合后，进度显示在这里。"),
    )
    return table.response(request, "ui/list.html", {"heading": _("我的任务")})


def _state(job: Job) -> str:
    return marks.light(LIGHTS[Job.State(job.state)], job.get_state_display())


@access("@")
def job(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One job: progress, result or error. With htmx only its card; once it is done, htmx goes on to ``next``."""
    found = selectors.job_for(request.actor, pk)  # type: ignore[attr-defined]
    following = _local(request.GET.get("next", ""))
    context = {"job": found, "ended": found.state in ENDED, "light": LIGHTS[Job.State(found.state)], "next": following}
    if not request.headers.get("HX-Request"):
        return render(request, "ui/job.html", context)
    response = render(request, "ui/parts/job.html", context)
    if found.state == Job.State.DONE and following:
        response["HX-Redirect"] = following
    return response


@access("@")
@require_POST
def cancel(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Cancel one's job."""
    services.cancel_job(request.actor, selectors.job_for(request.actor, pk))  # type: ignore[attr-defined]
    return redirect("ui:job", pk)


@access("@")
@require_POST
def retry(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Put a failed job back on the queue."""
    services.retry_job(request.actor, selectors.job_for(request.actor, pk))  # type: ignore[attr-defined]
    following = _local(request.POST.get("next", ""))
    return redirect(reverse("ui:job", args=[pk]) + (f"?{urlencode({'next': following})}" if following else ""))


def _local(address: str) -> str:
    """The address if it is one of this site's own paths."""
    return address if address.startswith("/") and not address.startswith(("//", "/\\")) else ""


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404."""
    context = {"what": _("没有这一页"), "how": _("请核对地址，或从首页进入。")}
    return render(request, "ui/failure.html", context, status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: says that nothing was saved halfway and which number to tell."""
    context = {"what": _("系统出错了"), "how": _("这一步没有办成，已存的内容没有变化。请稍后重试；若一直如此，请把编号告诉系统管理员。")}
    return render(request, "ui/failure.html", context, status=500)
