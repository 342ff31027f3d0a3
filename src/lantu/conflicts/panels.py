"""What the room puts on the pages of others: home, run, finding, release; navigation; search."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.blueprints.models import BlueprintRelease, Comparison, Finding, FusionRun
from lantu.blueprints.selectors.comparisons import release_labels
from lantu.conflicts.models import ConflictCase, Intake, Submission
from lantu.conflicts.pack import holds_step, steps_of_chain
from lantu.conflicts.selectors.versions import WHAT, cases_between, counts_between, ends_of
from lantu.conflicts.services.intake import why_not
from lantu.conflicts.states import CLOSED, State
from lantu.conflicts.tables import state_tag
from lantu.conflicts.wiring import INSIDE, may_see
from lantu.conflicts.words import words
from lantu.core.actor import Actor
from lantu.ui import registry


def connect() -> None:
    """Register navigation, panels and search."""
    registry.add_nav("blueprint", gettext_lazy("冲突与协调"), "conflicts:cases", "swap", INSIDE, order=35, count=waiting)
    registry.add_nav("blueprint", gettext_lazy("问题清单"), "conflicts:batches", "list", INSIDE, order=36)
    registry.add_nav("blueprint", gettext_lazy("报批件"), "conflicts:submissions", "case", INSIDE, order=37)
    registry.add_panel("home", "conflicts", home, order=25, roles=INSIDE)
    registry.add_panel("blueprints.run", "conflicts", run_panel, order=30, roles=INSIDE)
    registry.add_panel("blueprints.finding", "conflicts", finding_panel, order=10, roles=INSIDE)
    registry.add_panel("blueprints.release", "conflicts", release_panel, order=30)
    registry.add_panel("blueprints.comparison", "conflicts", comparison_panel, order=30, roles=INSIDE)
    registry.searchers.register("conflicts", (gettext_lazy("冲突案件"), find_cases))


def waiting_for(actor: Actor) -> Q:
    """The cases that wait for a role: what its people have to do next."""
    if actor.role == "planner":
        return Q(state__in=[State.DETECTED, State.TRIAGED, State.LISTED, State.RETURNED, State.APPROVED]) & Q(sliver=False)
    if actor.role == "checker":
        return Q(state=State.MEETING) | (~Q(doubt_by_name="") & ~Q(state=State.FALSE_POSITIVE))
    if actor.role == "reviewer" and actor.department:
        return Q(state=State.CONSULTING, departments_key__contains=f"|{actor.department}|")
    if actor.role == "decider":
        steps = [step.code for step in steps_of_chain() if holds_step(actor.role, actor.department, step)]
        return Q(state=State.SUBMITTED, submission__step__in=steps)
    return Q(pk__in=())


def waiting(request: HttpRequest) -> list[QuerySet[ConflictCase]]:
    """What the number at the navigation entry counts."""
    return [ConflictCase.objects.filter(waiting_for(request.actor))]  # type: ignore[attr-defined]


def home(request: HttpRequest, _subject: Any) -> str | None:
    """Cases by where they stand."""
    counts = dict(ConflictCase.objects.order_by().values_list("state").annotate(n=Count("pk")))
    if not counts:
        return None
    still = ConflictCase.objects.filter(open=True)
    context = {
        "open": sum(n for state, n in counts.items() if state not in CLOSED),
        "critical": still.filter(severity=1).count(),
        "consulting": counts.get(State.CONSULTING, 0),
        "submitted": counts.get(State.SUBMITTED, 0),
        "deferred": counts.get(State.DEFERRED, 0),
        "settled": sum(n for state, n in counts.items() if state in (State.APPLIED, State.VERIFIED, State.ARCHIVED)),
    }
    return render_to_string("conflicts/panels/home.html", context, request)


def run_panel(request: HttpRequest, run: FusionRun) -> str | None:
    """Whether a run was taken in, what that did, or why it does not count."""
    if run is None or run.state != FusionRun.State.DONE:
        return None
    intake = Intake.objects.filter(run=run).first()
    reason = why_not(run) if intake is None or intake.done_at is None else None
    may = request.actor.role == "planner"  # type: ignore[attr-defined]
    return render_to_string("conflicts/panels/run.html", {"run": run, "intake": intake, "reason": reason, "may": may}, request)


def finding_panel(request: HttpRequest, finding: Finding) -> str | None:
    """The cases about a finding, by its identity."""
    cases = list(ConflictCase.objects.filter(identity=finding.identity).order_by("-pk")[:5])
    if not cases:
        return None
    return render_to_string("conflicts/panels/finding.html", {"cases": [{"case": case, "tag": state_tag(case)} for case in cases]}, request)


def release_panel(request: HttpRequest, release: BlueprintRelease) -> str | None:
    """What a release settled and what it leaves open (遗留), with the documents."""
    if release is None:
        return None
    inside = may_see(request.actor, release)  # type: ignore[attr-defined]
    archived = ConflictCase.objects.filter(release=release)
    remaining = ConflictCase.objects.filter(open=True, finding__run=release.run)
    deferred = remaining.filter(state=State.DEFERRED)
    if not (archived.exists() or remaining.exists()):
        return None
    named = words()
    documents = Submission.objects.filter(cases__in=archived | deferred).exclude(document_no="").distinct().order_by("document_date")
    context = {
        "release": release,
        "inside": inside,
        "archived": archived.count(),
        "remaining": remaining.count(),
        "deferred": [{"case": case, "rule": named.rule(case.rule), "district": named.district(case.district)} for case in deferred[:50]],
        "deferred_count": deferred.count(),
        "documents": documents[:20],
    }
    return render_to_string("conflicts/panels/release.html", context, request)


def comparison_panel(request: HttpRequest, row: Comparison) -> str | None:
    """Cases opened, closed and remaining between the two versions that a comparison is about; nothing for a check beforehand."""
    runs = ends_of(row) if row is not None else ()
    if not runs or any(run.purpose != FusionRun.Purpose.BLUEPRINT for run in runs):
        return None
    counts, labels = counts_between(row), release_labels(runs)
    context = {
        "row": row,
        "versions": " → ".join(labels[run.pk] for run in runs),
        "figures": [{"key": key, "label": label, "count": counts[key]} for key, label in WHAT.items()],
        "deferred": cases_between(row, "remaining").filter(state=State.DEFERRED).count(),
    }
    return render_to_string("conflicts/panels/comparison.html", context, request)


def find_cases(request: HttpRequest, text: str) -> list[registry.Found]:
    """Cases by number."""
    if not may_see(request.actor, None):  # type: ignore[attr-defined]
        return []
    rows = ConflictCase.objects.filter(Q(number__icontains=text) | Q(identity__istartswith=text)).order_by("-pk")[:20]
    return [
        registry.Found(_("案件 %(number)s") % {"number": row.number}, row.get_absolute_url(), str(row.get_state_display())) for row in rows
    ]
