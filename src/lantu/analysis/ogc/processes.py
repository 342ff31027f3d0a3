"""OGC API Processes Part 1 (OGC 18-062r2): the room's verbs as processes, in-line when quick, as a job when not or when asked."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from lantu.analysis.ogc.answers import link, root, service
from lantu.analysis.permissions import may_ask
from lantu.analysis.services.processes import PROCESSES, Process, batch_results, checked_inputs, process, quick, start_process
from lantu.core.errors import BadInput, Conflict, LantuError, NotFound, Refused
from lantu.core.models import Job
from lantu.core.selectors import job_for, jobs_of
from lantu.core.services import cancel_job

CLASSES = (
    "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/ogc-process-description",
    "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/json",
    "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/job-list",
    "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/dismiss",
)
KINDS = ("analysis.process", "analysis.check_batch")
STATES = {
    Job.State.QUEUED: "accepted",
    Job.State.RUNNING: "running",
    Job.State.DONE: "successful",
    Job.State.FAILED: "failed",
    Job.State.CANCELLED: "dismissed",
}
_EXCEPTION = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0"


def _summary(request: HttpRequest, one: Process) -> dict[str, Any]:
    return {
        "id": one.id,
        "title": str(one.title),
        "version": "1.0.0",
        "jobControlOptions": ["async-execute"] if one.only_job else ["sync-execute", "async-execute", "dismiss"],
        "outputTransmission": ["value"],
        "links": [link(f"{root(request)}/processes/{one.id}", "self")],
    }


def _exception(error: LantuError, kind: str, status: int) -> HttpResponse:
    body = {"type": f"{_EXCEPTION}/{kind}", "title": str(error.what), "detail": str(error), "status": status}
    return JsonResponse(body, status=status, content_type="application/problem+json")


@service()
def all_processes(request: HttpRequest, actor: Any) -> HttpResponse:
    """``/ogc/processes``"""
    found = [_summary(request, one) for one in PROCESSES.values()]
    return JsonResponse({"processes": found, "links": [link(f"{root(request)}/processes", "self")]})


@service()
def one_process(request: HttpRequest, actor: Any, name: str) -> HttpResponse:
    """``/ogc/processes/<id>``"""
    try:
        one = process(name)
    except NotFound as error:
        return _exception(error, "no-such-process", 404)
    body = _summary(request, one) | {
        "inputs": {
            key: {"title": str(title), "schema": schema, "minOccurs": int(must), "maxOccurs": 1}
            for key, (title, schema, must) in one.inputs.items()
        },
        "outputs": {key: {"title": str(title), "schema": schema} for key, (title, schema) in one.outputs.items()},
    }
    body["links"].append(link(f"{root(request)}/processes/{name}/execution", "http://www.opengis.net/def/rel/ogc/1.0/execute"))
    return JsonResponse(body)


@service("POST")
def execution(request: HttpRequest, actor: Any, name: str) -> HttpResponse:
    """``/ogc/processes/<id>/execution``: the outputs, or 201 with the job where it takes long or ``Prefer: respond-async`` asks for it."""
    if request.method != "POST":
        return JsonResponse({"code": "method", "description": _("执行请用 POST。")}, status=405)
    if not may_ask.test(actor, None):
        raise Refused(_("您所在的岗位不能办理这一项。"), how=_("请用有相应岗位的账户。"))
    try:
        one = process(name)
        try:
            body = json.loads(request.body)
        except ValueError as error:
            raise BadInput(_("请求体不是 JSON。"), where=str(error), how='{"inputs": {…}}') from None
        inputs = checked_inputs(one, body.get("inputs") if isinstance(body, dict) else None)
        wants_job = "respond-async" in request.headers.get("Prefer", "")
        if not wants_job and quick(one, inputs):
            return JsonResponse(one.carry_out(actor, inputs))
        job = start_process(actor, name, inputs)
    except NotFound as error:
        return _exception(error, error.code, 404)
    except BadInput as error:
        return _exception(error, "invalid-input", 400)
    response = JsonResponse(_status(request, job), status=201)
    response["Location"] = f"{root(request)}/jobs/{job.pk}"
    if wants_job:
        response["Preference-Applied"] = "respond-async"
    return response


def _name_of(job: Job) -> str:
    return str(job.params.get("process") or "conformity-batch")


def _status(request: HttpRequest, job: Job) -> dict[str, Any]:
    base = f"{root(request)}/jobs/{job.pk}"
    body: dict[str, Any] = {
        "processID": _name_of(job),
        "type": "process",
        "jobID": str(job.pk),
        "status": STATES[Job.State(job.state)],
        "message": job.step or (job.error or {}).get("what", ""),
        "created": job.created_at.isoformat(),
        "progress": round(job.share * 100),
        "links": [link(base, "self")],
    }
    for key, moment in (("started", job.started_at), ("finished", job.ended_at)):
        if moment is not None:
            body[key] = moment.isoformat()
    if job.state == Job.State.DONE:
        body["links"].append(link(f"{base}/results", "http://www.opengis.net/def/rel/ogc/1.0/results"))
    return body


def _job(actor: Any, key: str) -> Job:
    try:
        row = job_for(actor, uuid.UUID(key))
    except ValueError:
        raise NotFound(_("没有任务 %(id)s。") % {"id": key}) from None
    if row.kind not in KINDS:
        raise NotFound(_("没有任务 %(id)s。") % {"id": key})
    return row


@service()
def all_jobs(request: HttpRequest, actor: Any) -> HttpResponse:
    """``/ogc/jobs``: the caller's own."""
    rows = jobs_of(actor).filter(kind__in=KINDS)[:200]
    return JsonResponse({"jobs": [_status(request, row) for row in rows], "links": [link(f"{root(request)}/jobs", "self")]})


@service("DELETE")
def one_job(request: HttpRequest, actor: Any, key: str) -> HttpResponse:
    """``/ogc/jobs/<id>``; DELETE dismisses it."""
    try:
        row = _job(actor, key)
        if request.method == "DELETE":
            row = cancel_job(actor, row)
    except NotFound as error:
        return _exception(error, "no-such-job", 404)
    return JsonResponse(_status(request, row))


@service()
def results(request: HttpRequest, actor: Any, key: str) -> HttpResponse:
    """``/ogc/jobs/<id>/results``"""
    try:
        row = _job(actor, key)
    except NotFound as error:
        return _exception(error, "no-such-job", 404)
    if row.state in (Job.State.FAILED, Job.State.CANCELLED):
        found = row.error or {}
        raise Conflict(str(found.get("what") or _("任务没有完成。")), where=str(found.get("where", "")), how=str(found.get("how", "")))
    if row.state != Job.State.DONE:
        return _exception(Conflict(_("任务还没有完成。"), how=f"{round(row.share * 100)}%"), "result-not-ready", 404)
    return JsonResponse(batch_results(row) if row.kind == "analysis.check_batch" else row.result or {})
