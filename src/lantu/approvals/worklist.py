"""Who has something to do: tasks and notices that follow from the events of a case. Nobody opens them by hand."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.accounts.models import User
from lantu.approvals.events import ENDED, Code
from lantu.approvals.models import Branch, LeadOpinion, Promise, StageApplication
from lantu.approvals.services.acceptance import WAITING
from lantu.approvals.services.issuing import plan_results, revoke_result
from lantu.approvals.services.papers import unit_of
from lantu.approvals.words import definition_of
from lantu.casework.models import Task
from lantu.casework.ports import task_kinds
from lantu.casework.services import close_task, notify, open_task
from lantu.core.actor import Actor, system
from lantu.core.events import subscribe
from lantu.core.models import OutboxEvent

RECEIVE, REVIEW, DECIDE, MAKE, CONCLUDE = (f"approvals.{name}" for name in ("receive", "review", "decide", "make", "conclude"))
DELIVER, MEND, OBJECTION, COMMITMENT, HEAL = (f"approvals.{name}" for name in ("deliver", "mend", "objection", "commitment", "heal"))

task_kinds.register(
    "approvals.office",
    {
        RECEIVE: gettext_lazy("受理"),
        REVIEW: gettext_lazy("审核"),
        DECIDE: gettext_lazy("审定"),
        MAKE: gettext_lazy("制作结果"),
        CONCLUDE: gettext_lazy("综合意见"),
        DELIVER: gettext_lazy("出件"),
        MEND: gettext_lazy("补正"),
        OBJECTION: gettext_lazy("异议答复"),
        COMMITMENT: gettext_lazy("承诺核查"),
        HEAL: gettext_lazy("核对容缺材料"),
    },
)


def _branch(event: OutboxEvent) -> Branch:
    return Branch.objects.select_related("application__project", "application__definition", "clock", "acceptance").get(pk=event.subject_id)


def _application(event: OutboxEvent) -> StageApplication:
    return StageApplication.objects.select_related("project", "definition").get(pk=event.subject_id)


def _open(application: StageApplication, kind: str, title: str, *, url: str, **to: Any) -> Task:
    """``to``: role, department, person, clock, as ``open_task`` takes them."""
    stage = definition_of(application).stages[application.stage].name_zh
    facts: dict[str, Any] = {"stage": stage, "party": unit_of(application)[:200], "received": application.received_on}
    return open_task(system(), application, kind, title[:200], url=url, **facts, **to)


def _close(application: StageApplication, *kinds: str, url: str = "") -> None:
    rows = Task.objects.filter(subject_type=application._meta.label_lower, subject_id=str(application.pk), is_open=True, kind__in=kinds)
    for task in rows.filter(url=url) if url else rows:
        close_task(system(), task)


def _item(branch: Branch) -> str:
    return definition_of(branch.application).items[branch.item].name_zh


@subscribe("approvals.case_event")
def on_event(event: OutboxEvent, actor: Actor) -> None:
    """After each event of a case: what has been done is closed, what is next is opened."""
    branch = _branch(event)
    application, code = branch.application, Code(int(event.payload["code"]))
    if code in WAITING:
        window = reverse("approvals:window-case", args=[application.pk])
        title = _("受理：%(project)s") % {"project": application.project.name}
        _open(application, RECEIVE, title, url=window, role="window", clock=branch.acceptance)
    elif not application.branches.filter(state__in=WAITING).exists():
        _close(application, RECEIVE)
    if code == Code.CORRECTION_ASKED:
        _ask_applicant(application)
    elif not application.branches.filter(state=Code.CORRECTION_ASKED).exists():
        _close(application, MEND)
    if code == Code.ACCEPTED:
        _pass_on(branch, DECIDE, REVIEW, "reviewer")
    if code in ENDED:
        _close(application, REVIEW, DECIDE, url=branch.get_absolute_url())
        if code == Code.REVOKED:
            last = branch.events.order_by("-number").first()
            revoke_result(system(actor.name), branch, last.opinion if last else "")
        if application.filed_by_id:
            title = _("%(item)s：%(state)s") % {"item": _item(branch), "state": _word(code)}
            notify(actor, [application.filed_by_id], title, application.applicant_url(), subject=application)


def _word(code: Code) -> str:
    from lantu.approvals.words import state_word

    return state_word(code)


def _ask_applicant(application: StageApplication) -> None:
    person = User.objects.filter(pk=application.filed_by_id or 0).first()
    if person is not None:
        title = _("补正材料：%(project)s") % {"project": application.project.name}
        row = application.branches.filter(state=Code.CORRECTION_ASKED).exclude(acceptance=None).select_related("acceptance").first()
        _open(application, MEND, title, url=application.applicant_url(), person=person, clock=row.acceptance if row else None)


@subscribe("approvals.reviewed")
def on_reviewed(event: OutboxEvent, actor: Actor) -> None:
    """A review waits for its decision."""
    _pass_on(_branch(event), REVIEW, DECIDE, "decider")


@subscribe("approvals.review_returned")
def on_returned(event: OutboxEvent, actor: Actor) -> None:
    """A review that was returned is to be done again."""
    _pass_on(_branch(event), DECIDE, REVIEW, "reviewer")


def _pass_on(branch: Branch, done: str, wanted: str, role: str) -> None:
    """What was done over a branch is closed, what is wanted next is opened for a role of its department."""
    url = branch.get_absolute_url()
    _close(branch.application, done, url=url)
    _open(branch.application, wanted, _item(branch), url=url, role=role, department=branch.department, clock=branch.clock)


@subscribe("approvals.stage_concluded")
def on_stage(event: OutboxEvent, actor: Actor) -> None:
    """The join has its result: the lead concludes, departments make what goes out."""
    application = _application(event)
    outcome = event.payload["outcome"]
    if outcome not in ("approved", "approved_deferred", "rejected"):
        return
    plan_results(system(), application)
    if not application.lead_opinions.filter(kind=LeadOpinion.Kind.CONCLUSION).exists():
        title = _("综合意见：%(project)s") % {"project": application.project.name}
        _open(application, CONCLUDE, title, url=application.get_absolute_url(), role="decider", department=application.lead)
    for department in dict.fromkeys(application.results.filter(state="due").values_list("branch__department", flat=True)):
        title = _("制作结果：%(project)s") % {"project": application.project.name}
        url = reverse("approvals:results", args=[application.pk])
        _open(application, MAKE, title, url=url, role="decider", department=department)


@subscribe("approvals.concluded")
def on_concluded(event: OutboxEvent, actor: Actor) -> None:
    """The lead has concluded: results that are made go out."""
    from lantu.approvals.services.issuing import release_if_ready

    application = _application(event)
    _close(application, CONCLUDE)
    release_if_ready(system(actor.name), application)


@subscribe("approvals.results_out")
def on_out(event: OutboxEvent, actor: Actor) -> None:
    """Everything is made and goes out: the window hands over, the applicant is told."""
    application = _application(event)
    _close(application, MAKE)
    title = _("出件：%(project)s") % {"project": application.project.name}
    _open(application, DELIVER, title, url=reverse("approvals:issue-case", args=[application.pk]), role="window")
    if application.filed_by_id:
        text = "、".join(event.payload["results"])
        notify(
            actor,
            [application.filed_by_id],
            _("办理结果已出，可以领取或下载"),
            application.applicant_url(),
            subject=application,
            text=text[:500],
        )


@subscribe("approvals.delivered")
def on_delivered(event: OutboxEvent, actor: Actor) -> None:
    """The last result was delivered."""
    application = _application(event)
    if not application.results.filter(state="out").exists():
        _close(application, DELIVER)


@subscribe("approvals.material_handed_in")
def on_handed_in(event: OutboxEvent, actor: Actor) -> None:
    """A material that was promised has come: the window checks it and closes the promise."""
    application, code = _application(event), str(event.payload["material"])
    for promise in Promise.objects.filter(branch__application=application, kind=Promise.Kind.DEFERRAL, state=Promise.State.OPEN):
        if code in promise.materials:
            branch = promise.branch
            branch.application = application
            title = _("核对容缺材料：%(item)s") % {"item": _item(branch)}
            _open(application, HEAL, title, url=branch.get_absolute_url(), role="window", due=promise.due_on)


@subscribe("approvals.promise_closed")
def on_promise_closed(event: OutboxEvent, actor: Actor) -> None:
    """A promise is kept or broken: nobody has to look after it any more."""
    branch = _branch(event)
    _close(branch.application, HEAL, COMMITMENT, url=branch.get_absolute_url())


@subscribe("approvals.objected")
def on_objected(event: OutboxEvent, actor: Actor) -> None:
    """An objection waits for an answer."""
    branch = _branch(event)
    title = _("异议：%(item)s") % {"item": _item(branch)}
    _open(branch.application, OBJECTION, title, url=branch.get_absolute_url(), role="decider", department=branch.department)


@subscribe("approvals.objection_answered")
def on_answered(event: OutboxEvent, actor: Actor) -> None:
    """The applicant is told the answer."""
    branch = _branch(event)
    application = branch.application
    _close(application, OBJECTION, url=branch.get_absolute_url())
    if application.filed_by_id:
        title = _("异议已答复：%(item)s") % {"item": _item(branch)}
        notify(actor, [application.filed_by_id], title, application.applicant_url(), subject=application)
