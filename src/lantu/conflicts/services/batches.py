"""Issue lists (问题清单): numbered batches of triaged cases, sent to the departments with a deadline."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.casework.models import Consultation
from lantu.casework.services import ask, ask_again
from lantu.casework.subjects import key_of
from lantu.conflicts.models import Batch, ConflictCase
from lantu.conflicts.services.moves import MATTER, allow, lock, move, need_text
from lantu.conflicts.states import State
from lantu.core import audit, numbers
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, Conflict
from lantu.core.permissions import has_role
from lantu.core.verbs import verb

PLANNER = has_role("planner")
NEED = gettext_lazy("编制问题清单须由规划经办人办理。")


@verb("conflicts.create_batch", permission=PLANNER, need=NEED)
def create_batch(actor: Actor, title: str, deadline: date, question: str = "") -> Batch:
    """Begin an issue list. Raises ``BadInput`` without a title or with a deadline that has passed."""
    text = need_text(title, _("清单的名称"))
    if deadline < timezone.localdate():
        raise BadInput(_("答复期限 %(day)s 已经过去。") % {"day": deadline}, how=_("请填今天或以后的日期。"))
    year = timezone.localdate().year
    serial = numbers.reserve(f"conflict-batch/{year}", f"{actor.request_id}/{text}")
    return Batch.objects.create(
        number=f"QD-{year}-{serial}",
        title=text,
        deadline=deadline,
        question=question.strip(),
        created_by_id=actor.user_id,
        created_by_name=actor.name,
    )


@verb("conflicts.list_case", permission=PLANNER, need=NEED, subject="case")
def list_case(actor: Actor, case: ConflictCase, batch: Batch, *, version: int | None = None) -> ConflictCase:
    """Put a triaged case on an issue list that is still being made."""
    lock(case, version)
    row = open_batch(batch)
    move(actor, case, State.LISTED, "listed", note=row.number, batch=row, due=row.deadline)
    return case


def open_batch(batch: Batch) -> Batch:
    """The list, locked and fresh, so that it is not sent out meanwhile. Raises ``Conflict`` when it was sent out already."""
    row = Batch.objects.select_for_update().get(pk=batch.pk)
    if row.state != Batch.State.OPEN:
        raise Conflict(_("%(number)s 已经下发，不能再增减。") % {"number": row.number}, how=_("请另编一份问题清单。"), where=row.number)
    return row


@verb("conflicts.unlist_case", permission=PLANNER, need=NEED, subject="case")
def unlist_case(actor: Actor, case: ConflictCase, note: str = "", *, version: int | None = None) -> ConflictCase:
    """Take a case off a list that is still being made."""
    lock(case, version)
    if case.batch is None or case.state != State.LISTED:
        raise Conflict(_("%(number)s 不在编制中的问题清单里。") % {"number": case.number}, where=case.number)
    open_batch(case.batch)
    move(actor, case, State.TRIAGED, "unlisted", note=note.strip(), batch=None, due=None)
    return case


@verb("conflicts.ask_departments", permission=PLANNER, need=NEED, subject="case")
def ask_departments(
    actor: Actor,
    case: ConflictCase,
    due: date | None = None,
    question: str = "",
    *,
    departments: Sequence[str] | None = None,
    version: int | None = None,
) -> Consultation:
    """Ask a listed case's departments for their positions (征求意见), or open another round of it.

    ``departments`` default: the case's, in a later round those that disagreed or set conditions.
    """
    lock(case, version)
    allow(case, State.CONSULTING)
    last = Consultation.objects.filter(**key_of(case), matter=MATTER).order_by("-round").first()
    text = question.strip() or (case.batch.question if case.batch else "") or default_question()
    if last is None:
        day = due or (case.batch.deadline if case.batch else None)
        title = _("冲突案件 %(number)s") % {"number": case.number}
        row = ask(actor, case, MATTER, title, departments or case.departments, due=day, question=text, silence="none", timed=True)
    else:
        row = ask_again(actor, last, departments=departments, due=due, question=question.strip(), timed=True)
    facts = {"round": row.round, "due": row.due_on}
    asked = row.requests.count()
    move(actor, case, State.CONSULTING, "asked", facts=facts, due=row.due_on, round=row.round, asked=asked, answered=0)
    audit.remark(**{key: str(value) for key, value in facts.items()})
    return row


def default_question() -> str:
    """What is asked when nobody wrote a question."""
    return _("请就本图斑的处理方案提出意见，写明理由和依据。")


@verb("conflicts.send_batch", permission=PLANNER, need=NEED, subject="batch")
def send_batch(actor: Actor, batch: Batch) -> Batch:
    """Send an issue list out: from now on nothing is added; its cases are asked one after the other (``start_bulk`` with act ``ask``).

    Raises ``Conflict`` for an empty list.
    """
    row = open_batch(batch)
    if not row.cases.filter(state=State.LISTED).exists():
        raise Conflict(_("%(number)s 里还没有案件。") % {"number": row.number}, how=_("请先把已甄别的案件列入。"), where=row.number)
    row.state, row.asked_at, row.round = Batch.State.CONSULTING, timezone.now(), 1
    row.demo = row.cases.filter(demo=True).exists()
    row.save(update_fields=["state", "asked_at", "round", "demo"])
    batch.refresh_from_db()
    return batch


def close_batch(case: ConflictCase) -> None:
    """The list of a case that goes on is over when none of its cases waits for positions any more."""
    waiting = ConflictCase.objects.filter(batch=OuterRef("pk"), state__in=[State.LISTED, State.CONSULTING])
    Batch.objects.filter(~Exists(waiting), pk=case.batch_id or 0, state=Batch.State.CONSULTING).update(state=Batch.State.CLOSED)
