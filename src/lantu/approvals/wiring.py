"""What the room is to the rooms below: its file of the pack, its subject of casework, and what it does when a maximum is over."""

from __future__ import annotations

from typing import Any

from lantu.approvals.catalogue import validate
from lantu.approvals.models import Branch, StageApplication
from lantu.casework.ports import OFFICE, SubjectKind, subjects
from lantu.core.actor import Actor
from lantu.core.events import subscribe
from lantu.core.models import OutboxEvent
from lantu.standards.pack.content import Content
from lantu.standards.pack.files import Report, Tree
from lantu.standards.ports import pack_files

READERS = OFFICE | {"supervisor", "viewer"}


def connect() -> None:
    pack_files.register("approvals.yaml", check_file)
    subjects.register(
        "approvals.stageapplication",
        SubjectKind(
            model=StageApplication,
            title=lambda application: f"{application.project.name}　{application.number}",
            url=lambda application: "/work/",
            may_see=_may_see,
            own_clocks=True,
            number=lambda application: application.number,
            department=lambda application: application.lead,
        ),
    )


def _may_see(actor: Actor, application: Any) -> bool:
    return actor.role in READERS or (actor.user_id is not None and application.filed_by_id == actor.user_id)


def check_file(tree: Tree, content: Content, report: Report) -> None:
    """``approvals.yaml`` when a pack is loaded: errors keep it out, warnings are shown when the definition is published."""
    departments = content.department_codes
    for finding in validate(tree.data if isinstance(tree.data, dict) else {}, departments):
        if finding.level == "error":
            report.add(tree.file, tree.line(*finding.place), finding.message)


@subscribe("casework.pause_overran")
def on_overrun(event: OutboxEvent, actor: Actor) -> None:
    """A special procedure whose maximum is over has ended by itself: event 10, then 8, dated the last day of the maximum."""
    from datetime import date

    from lantu.approvals.services.cases import end_special_by_itself

    branch = Branch.objects.filter(clock_id=event.subject_id).first()
    if branch is not None:
        end_special_by_itself(branch, event.payload["pause"], date.fromisoformat(event.payload["last"]))
