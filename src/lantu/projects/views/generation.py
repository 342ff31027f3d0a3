"""Plannings: the list, one planning with its opinions, conditions and review."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.accounts.models import Department
from lantu.analysis.conformity.wording import need_of
from lantu.analysis.models import Check
from lantu.casework.selectors import clocks as clock_reads
from lantu.casework.selectors import consultations as opinions
from lantu.core.access import access
from lantu.core.errors import NotFound
from lantu.projects import acts, services, tables
from lantu.projects.forms import AskAgainForm, CheckForm, ConcludeForm, ConditionForm, MeetingForm, ReasonForm, ReviewForm, ScoreForm
from lantu.projects.models import Generation, Review
from lantu.projects.permissions import READERS
from lantu.projects.project_acts import meet
from lantu.projects.selectors import dossier
from lantu.projects.selectors.replies import MATTER, decisions, open_points
from lantu.projects.services.generation import CONSULTED
from lantu.projects.services.reviews import total

_OPEN = [state for state in Generation.State if state not in (Generation.State.GENERATED, Generation.State.ENDED)]


@access(*READERS)
def generations(request: HttpRequest) -> HttpResponse:
    """All plannings."""
    return tables.generations(Generation.objects.all()).response(request, "projects/generations.html", {})


def _in(*states: str) -> Any:
    return lambda row: row.state in states


def _review(row: Generation) -> Review:
    found = Review.objects.filter(generation=row).first()
    if found is None:
        raise NotFound(_("还没有召集联评联审。"), how=_("请先召集评审会。"))
    return found


def _reviewing(row: Generation) -> bool:
    return row.state == Generation.State.CONDITIONED and Review.objects.filter(generation=row, verdict="").exists()


def _at(value: datetime) -> datetime:
    return value if timezone.is_aware(value) else timezone.make_aware(value)


ACTS: tuple[acts.Act[Generation], ...] = (
    acts.Act(
        "pass",
        gettext_lazy("形式审查通过，征求意见"),
        ("planner",),
        _in("initiated"),
        lambda a, g, d: services.pass_formal_check(a, g, **d),
        CheckForm,
    ),
    acts.Act(
        "send_back", gettext_lazy("退回补正"), ("planner",), _in("initiated"), lambda a, g, d: services.send_back(a, g, **d), ReasonForm
    ),
    acts.Act(
        "resubmit", gettext_lazy("补正后再报"), ("planner", "reviewer"), _in("returned"), lambda a, g, d: services.resubmit(a, g), main=True
    ),
    acts.Act(
        "again",
        gettext_lazy("再次征求意见"),
        ("planner",),
        _in(*CONSULTED),
        lambda a, g, d: services.consult_again(a, g, **d),
        AskAgainForm,
    ),
    acts.Act(
        "meeting",
        gettext_lazy("召集协调会"),
        ("planner",),
        _in(*CONSULTED),
        lambda a, g, d: services.call_coordination(a, g, _at(d["at"]), place=d["place"]),
        MeetingForm,
    ),
    acts.Act(
        "conditions",
        gettext_lazy("形成建设条件清单"),
        ("planner",),
        _in(*CONSULTED),
        lambda a, g, d: services.draw_up_conditions(a, g),
        main=True,
    ),
    acts.Act(
        "review",
        gettext_lazy("召集联评联审"),
        ("planner",),
        _in("conditioned"),
        lambda a, g, d: services.open_review(a, g, _at(d["at"]), place=d["place"], experts=list(d["experts"])),
        ReviewForm,
    ),
    acts.Act(
        "score",
        gettext_lazy("录入评分"),
        ("planner", "reviewer", "decider"),
        _reviewing,
        lambda a, g, d: services.score(a, _review(g), **d),
        ScoreForm,
    ),
    acts.Act(
        "conclude",
        gettext_lazy("签发评审意见"),
        ("decider",),
        _reviewing,
        lambda a, g, d: services.conclude_review(a, _review(g), **d),
        ConcludeForm,
    ),
    acts.Act(
        "met",
        gettext_lazy("条件落实"),
        ("planner", "reviewer", "decider"),
        lambda g: dossier.open_conditions(g).exists(),
        lambda a, g, d: meet(a, d),
        ConditionForm,
    ),
    acts.Act(
        "recheck",
        gettext_lazy("按现行蓝图复核"),
        ("planner",),
        _in(*CONSULTED, "conditioned", "reviewed"),
        lambda a, g, d: services.recheck(a, g),
    ),
    acts.Act(
        "generate",
        gettext_lazy("生成项目"),
        ("decider",),
        _in("conditioned", "reviewed"),
        lambda a, g, d: services.generate(a, g),
        main=True,
    ),
    acts.Act(
        "end",
        gettext_lazy("终止策划"),
        ("planner",),
        _in(*_OPEN),
        lambda a, g, d: services.end_generation(a, g, **d),
        ReasonForm,
        danger=True,
    ),
)


@access(*READERS)
def generation(request: HttpRequest, pk: int) -> HttpResponse:
    """One planning."""
    row = get_object_or_404(Generation.objects.select_related("project", "site", "lead"), pk=pk)
    bound, done = acts.carry_out(ACTS, request, row)
    if done is not None:
        return redirect(row)
    review = Review.objects.filter(generation=row).prefetch_related("scores").first()
    rounds = [
        (one, [(request_, opinions.answer(request_), opinions.verdict_words(request_)) for request_ in one.requests.all()])
        for one in opinions.consultations_of(row, MATTER)
    ]
    names = {one.code: str(one) for one in Department.objects.all()}
    context = {
        "generation": row,
        "check": Check.objects.filter(number=row.check_number).first() if row.check_number else None,
        "needs": [need_of(one, names) for one in row.needs],
        "rounds": rounds,
        "left": open_points(row) if row.state in CONSULTED else [],
        "decided": decisions(row),
        "clocks": clock_reads.clocks_of(row),
        "review": review,
        "total": total(review) if review else None,
        "experts": review.experts.all() if review else [],
        "scores": [(one, tables.word("review_criterion", one.criterion)) for one in review.scores.all()] if review else [],
        **acts.offers(ACTS, request, row, bound),
    }
    return tables.conditions(row.conditions.select_related("assessment", "attachment")).response(
        request, "projects/generation.html", context
    )
