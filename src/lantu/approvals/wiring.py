"""What the room is to the rooms below: its file of the pack, its subject of casework, and what it does when a maximum is over."""

from __future__ import annotations

from lantu.approvals import policy
from lantu.approvals.catalogue import validate
from lantu.approvals.models import Branch, Inquiry, StageApplication
from lantu.approvals.onward import Stages
from lantu.approvals.permissions import may_act, may_see
from lantu.approvals.selectors import inquiries
from lantu.approvals.selectors.telling import happened
from lantu.casework.ports import SubjectKind, subjects, verb_words
from lantu.core.actor import Actor
from lantu.core.events import subscribe
from lantu.core.models import OutboxEvent
from lantu.projects.ports import project_stages
from lantu.standards.pack.content import Content
from lantu.standards.pack.files import Report, Tree
from lantu.standards.ports import pack_files


def connect() -> None:
    from lantu.approvals import clients, duties, indicators, office_panels, worklist, worklist_more  # noqa: F401  (these register duties and subscribers)  # noqa: F401  (these register kinds of tasks too)
    from lantu.approvals.services import made, reconciling  # noqa: F401  (these register jobs and subscribers)
    from lantu.approvals.verb_words import VERBS

    pack_files.register("approvals.yaml", check_file)
    subjects.register(
        "approvals.stageapplication",
        SubjectKind(
            model=StageApplication,
            title=lambda application: f"{application.project.name}　{application.number}",
            own_clocks=True,
            happened=happened,
            url=lambda application: application.get_absolute_url(),
            may_see=may_see,
            may_act=may_act,
            number=lambda application: application.number,
            department=lambda application: application.lead,
        ),
    )
    subjects.register(
        "approvals.inquiry",
        SubjectKind(
            model=Inquiry,
            title=lambda row: f"{inquiries.subject_words(row)}　{row.number}",
            url=lambda row: row.get_absolute_url(),
            may_see=inquiries.may_see,
            may_act=lambda actor, row, act: actor.role == "window" and act in ("ask", "task", "comment", "attach"),
            number=lambda row: row.number,
        ),
    )
    verb_words.register("approvals", VERBS)
    project_stages.register("approvals", Stages())
    office_panels.connect()
    clients.connect()
    indicators.connect()


def check_file(tree: Tree, content: Content, report: Report) -> None:
    """``approvals.yaml`` when a pack is loaded: errors keep it out, warnings are shown when the definition is published."""
    departments = content.department_codes
    data = tree.data if isinstance(tree.data, dict) else {}
    for finding in validate(data, departments):
        if finding.level == "error":
            report.add(tree.file, tree.line(*finding.place), finding.message)
    for place, message in policy.faults(data):
        report.add(tree.file, tree.line(*place), message)


@subscribe("casework.pause_overran")
def on_overrun(event: OutboxEvent, actor: Actor) -> None:
    """A special procedure whose maximum is over has ended by itself: event 10, then 8, dated the last day of the maximum."""
    from datetime import date

    from lantu.approvals.services.cases import end_special_by_itself

    branch = Branch.objects.filter(clock_id=event.subject_id).first()
    if branch is not None:
        end_special_by_itself(branch, event.payload["pause"], date.fromisoformat(event.payload["last"]))
