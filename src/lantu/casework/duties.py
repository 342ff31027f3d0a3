"""What the room does by the clock (``lantu tick``): ended maxima, warnings, silence, reminders, mail, calendars."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, TypeVar

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.casework import calendars, recalculation
from lantu.casework.mail import send_waiting
from lantu.casework.models import Clock, ClockNotice, Consultation, Request
from lantu.casework.policy import policy
from lantu.casework.services import notify, remind
from lantu.casework.services.clocks import resume_overrun, warn_of_clock
from lantu.casework.services.consultations import lapse_request
from lantu.core.actor import Post, system
from lantu.core.ticks import every
from lantu.standards.models import CalendarRelease

logger = logging.getLogger(__name__)
T = TypeVar("T")

MINUTE = 60
LOOK_AHEAD = timedelta(days=60)
"""How long before the calendar ends the administrator is told."""


def _each(rows: Iterable[T], act: Callable[[T], Any]) -> int:
    """Do it for each row; one that fails does not keep the others waiting, and is said in the end. Returns how many were done."""
    done, failures = 0, []
    for row in rows:
        try:
            act(row)
        except Exception as error:  # told below: the duty as a whole counts as failed and is tried again
            logger.exception("%s", row)
            failures.append(f"{row}: {error}")
        else:
            done += 1
    if failures:
        raise RuntimeError("; ".join(failures[:5]) + (f" … {len(failures)}" if len(failures) > 5 else ""))
    return done


@every(10 * MINUTE, "casework.resume")
def resume_clocks() -> int:
    """Write down the pauses whose maximum is over."""
    over = Clock.objects.filter(ended_on=None, paused_until__lt=timezone.localdate()).exclude(kind=Clock.Kind.STAGE)
    return _each(over, lambda clock: resume_overrun(system(), clock))


@every(30 * MINUTE, "casework.warn")
def warn() -> int:
    """Tell of clocks that are near their due day or over it, once for each due day."""
    today = timezone.localdate()
    moving = Clock.objects.filter(Q(paused_until=None) | Q(paused_until__lt=today), ended_on=None)
    done = 0
    for rung, rows in (("near", moving.filter(near_from__lte=today, due_on__gte=today)), ("overdue", moving.filter(due_on__lt=today))):
        told = ClockNotice.objects.filter(clock=OuterRef("pk"), rung=rung, due_on=OuterRef("due_on"))
        done += _each(rows.exclude(Exists(told)), lambda clock, rung=rung: warn_of_clock(system(), clock, rung))  # type: ignore[misc]
    return done


@every(30 * MINUTE, "casework.silence")
def silence() -> int:
    """Requests not answered in time: no objection where the rule says so; a reminder before the due day and one after it."""
    today = timezone.localdate()
    waiting = Request.objects.filter(state=Request.State.ASKED).exclude(consultation__state=Consultation.State.CLOSED)
    rule = Consultation.Silence.NO_OBJECTION
    done = _each(
        waiting.filter(due_on__lt=today, consultation__silence=rule).select_related("consultation", "department"),
        lambda request: lapse_request(system(), request),
    )
    near = calendars.current().add(today, policy().remind_days)[0] if CalendarRelease.objects.exists() else today
    for rung, rows in (("near", waiting.filter(due_on__gte=today, due_on__lte=near)), ("overdue", waiting.filter(due_on__lt=today))):
        open_rounds = Consultation.objects.filter(pk__in=rows.exclude(reminders__rung=rung).values("consultation"))
        due = {
            pk: list(rows.filter(consultation=pk).values_list("department__code", flat=True))
            for pk in open_rounds.values_list("pk", flat=True)
        }
        done += _each(open_rounds, lambda one, rung=rung, due=due: remind(system(), one, due[one.pk], rung=rung))  # type: ignore[misc]
    return done


@every(5 * MINUTE, "casework.mail")
def mail() -> int:
    """Send what has not left yet."""
    return send_waiting()


@every(10 * MINUTE, "casework.calendar")
def watch_calendar() -> int:
    """Take open clocks over to a newer calendar (as a job), and tell the administrator when days are not announced."""
    if not CalendarRelease.objects.exists():
        return 0
    recalculation.start_if_needed(system())
    today, known_to = timezone.localdate(), calendars.current().known_to
    provisional = Clock.objects.filter(ended_on=None, provisional=True).count()
    if not provisional and today + LOOK_AHEAD <= known_to:
        return 0
    text = _("工作日历只到 %(day)s；%(n)s 个时限的到期日因此是暂定的。放假安排公布后请装入新日历，到期日会自动重算。")
    return notify(
        system(),
        [Post("sysadmin")],
        _("工作日历缺 %(year)s 年") % {"year": known_to.year + 1},
        reverse("standards:calendar"),
        text=text % {"day": known_to, "n": provisional},
        key=f"calendar/{known_to.isoformat()}/{bool(provisional)}",
    )
