"""``/api/v1/approvals/…``: catalogue, guide, tracking, cases and worklist. Filing and handling have routers of their own beside it."""

# Annotations stay objects here: ninja cannot resolve strings through the decorator that guards access.
import json
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema

from lantu.approvals.api_words import actor_of, branch_out, case_out, find_branch, find_case, full_branch_out, full_case_out, readings
from lantu.approvals.catalogue.compare import differences
from lantu.approvals.catalogue.forms import json_schema, one_form
from lantu.approvals.catalogue.guide import question
from lantu.approvals.catalogue.rules import TYPES
from lantu.approvals.catalogue.sentences import local
from lantu.approvals.catalogue.text import check_text
from lantu.approvals.catalogue.trial import TrialStage, trial
from lantu.approvals.models import DefinitionRelease, StageApplication
from lantu.approvals.permissions import OFFICE, READERS, visible
from lantu.approvals.schemas import (
    BranchesOut,
    CasesOut,
    DefinitionOut,
    DifferenceOut,
    FindingOut,
    FullBranchOut,
    FullCaseOut,
    GuideOut,
    ItemNeedOut,
    MaterialNeedOut,
    ReleaseOut,
    StageNeedOut,
    TrackOut,
)
from lantu.approvals.selectors import catalogue as reads
from lantu.approvals.selectors.desk import in_work
from lantu.approvals.services.cataloguing import departments
from lantu.approvals.views.catalogue import why
from lantu.approvals.views.query import find_public, public_state
from lantu.approvals.words import Words
from lantu.casework.models import Clock
from lantu.casework.people import answers_for
from lantu.casework.selectors.clocks import light_condition
from lantu.core.access import access
from lantu.core.errors import BadInput, NotFound

router = Router(tags=["approvals"])
MOST = 200
CLIENTS = (*READERS, "exchange")


def _release(row: DefinitionRelease, cases: int) -> ReleaseOut:
    names = ("number", "version", "state", "digest", "published_by", "published_at", "warnings")
    return ReleaseOut(**{name: getattr(row, name) for name in names}, pack=str(row.pack), cases=cases)


@router.get("catalogue", response=list[ReleaseOut], url_name="approvals-catalogue")
@access("@")
def catalogue(request: HttpRequest) -> list[ReleaseOut]:
    """The releases of the item catalogue, newest first."""
    return [_release(row, row.cases) for row in reads.releases()]  # type: ignore[attr-defined]


@router.get("catalogue/{number}", response=DefinitionOut, url_name="approvals-definition")
@access("@")
def definition(request: HttpRequest, number: str) -> DefinitionOut:
    """One release (``current``: the one in force) with its content, and what the validator says of it."""
    found = reads.find(number if number != reads.DRAFT else "0")
    assert found.release is not None
    findings = [
        FindingOut(level=one.level, line=one.line, message=one.message, place=[str(part) for part in one.place])
        for one in check_text(found.text, departments()).findings
    ]
    cases = StageApplication.objects.filter(definition=found.release).count()
    return DefinitionOut(release=_release(found.release, cases), content=dict(found.content), findings=findings)


@router.get("catalogue/{number}/compare/{other}", response=list[DifferenceOut], url_name="approvals-compare")
@access("@")
def compare(request: HttpRequest, number: str, other: str) -> list[DifferenceOut]:
    """What differs in release ``number`` from release ``other``."""
    new, old = (reads.find(one if one != reads.DRAFT else "0") for one in (number, other))
    names = ("group", "code", "key", "what", "old", "new")
    return [DifferenceOut(**{name: getattr(one, name) for name in names}) for one in differences(old.content, new.content)]


@router.get("guide", response=GuideOut, url_name="approvals-guide")
@access("*")
def guide(request: HttpRequest, project_class: str, facts: str = "{}", stage: str = "") -> GuideOut:
    """What a project of a class needs by ``facts`` (a JSON object, fact → value): items with the reason, materials, form, days.
    ``stage``: that one alone. Open to all."""
    return guide_out(reads.find("current"), project_class, _json(facts), stage)


def guide_out(found: reads.Shown, project_class: str, facts: dict[str, Any], stage: str = "") -> GuideOut:
    """What a project of a class needs by a release or the draft."""
    given = _checked(facts, found.definition.facts)
    if project_class not in found.definition.classes:
        raise BadInput(_("没有项目类型 %(class)s。") % {"class": project_class}, how="、".join(found.definition.classes))
    stages = [one for one in trial(found.definition, project_class, given) if not stage or one.stage.code == stage]
    if not stages:
        raise NotFound(_("没有阶段 %(stage)s。") % {"stage": stage}, how="、".join(found.definition.stages))
    asked = {name for one in stages for row in one.decided for test in row.item.when for name in (test.get("if") or {})}
    return GuideOut(
        release=found.release.number if found.release is not None else 0,
        version=found.release.version if found.release is not None else str(found.content.get("version", "")),
        project_class=project_class,
        total=int(found.definition.classes[project_class]["total"]),
        open=[question(found.definition, fact).fact for fact in found.definition.facts if fact in asked and given.get(fact) is None],
        stages=[_stage(found.definition, one) for one in stages],
    )


def _json(text: str) -> dict[str, Any]:
    """Facts from a text of JSON."""
    try:
        given = json.loads(text)
    except ValueError as error:
        raise BadInput(_("facts 不是 JSON。"), where=str(error), how='{"basement": true}') from error
    if not isinstance(given, dict):
        raise BadInput(_("facts 须是「事实: 值」。"), how='{"basement": true}')
    return given


def _checked(given: dict[str, Any], kinds: Any) -> dict[str, Any]:
    """Facts, each of its type."""
    for name, value in given.items():
        kind = kinds.get(name)
        fits = kind in TYPES and isinstance(value, TYPES[kind]) and not (kind == "number" and isinstance(value, bool))
        if not fits:
            known = "、".join(f"{fact}（{one}）" for fact, one in kinds.items())
            raise BadInput(_("没有事实 %(name)s，或它不能是 %(value)s。") % {"name": name, "value": value}, how=known)
    return given


def _stage(definition: Any, one: TrialStage) -> StageNeedOut:
    items = [
        ItemNeedOut(
            code=row.item.code,
            name=local({"name_zh": row.item.name_zh, "name_en": row.item.name_en}),
            department=row.item.department,
            applies=row.applies,
            days=row.item.days,
            statutory=row.item.statutory,
            unit=row.item.unit,
            after=list(row.item.after),
            why=why(definition, row),
        )
        for row in one.decided
    ]
    materials = [
        MaterialNeedOut(
            code=need.code, title=need.title, asked_by=list(need.asked_by), deferrable=need.deferrable, held=need.held_by_platform
        )
        for need in one.needs
    ]
    name = local({"name_zh": one.stage.name_zh, "name_en": one.stage.name_en})
    return StageNeedOut(
        stage=one.stage.code,
        name=name,
        lead=one.stage.lead,
        limit=one.limit,
        days=one.days,
        chain=list(one.chain),
        items=items,
        materials=materials,
        form=json_schema(one_form(definition, one.items), title=name),
    )


@router.get("track/{number}", response=TrackOut, url_name="approvals-track")
@access("*")
def track(request: HttpRequest, number: str) -> Any:
    """How far a case is, by its number. Open to all, tells nothing about persons."""
    row = find_public(number)
    if row is None:
        raise NotFound(_("没有编号为 %(number)s 的案卷。") % {"number": number}, how=_("请核对受理凭证上的编号。"))
    return public_state(row)


class Asked(Schema):
    """Which cases or branches; empty: all that one may see."""

    state: str = ""
    stage: str = ""
    light: str = ""
    project: str = ""
    limit: int = 50
    offset: int = 0


@router.get("cases", response=CasesOut, url_name="approvals-cases")
@access(*CLIENTS)
def cases(request: HttpRequest, asked: Query[Asked]) -> CasesOut:
    """The cases that one may see, newest first; a service client sees what it filed."""
    actor = actor_of(request)
    rows = StageApplication.objects.filter(filed_by_id=actor.user_id) if actor.role == "exchange" else visible(actor)
    rows = rows.select_related("project", "clock", "definition").defer("definition__content")
    if asked.state:
        rows = rows.filter(state=asked.state)
    if asked.stage:
        rows = rows.filter(stage=asked.stage)
    if asked.project:
        rows = rows.filter(project__code=asked.project)
    if asked.light:
        rows = rows.filter(clock__in=_clocks(asked.light))
    return CasesOut(total=rows.count(), rows=[case_out(row) for row in _page(rows.order_by("-filed_at", "-pk"), asked)])


def _clocks(light: str) -> Any:
    if light not in "gyrpn":
        raise BadInput(_("没有灯「%(light)s」。") % {"light": light}, how=_("可用 g、y、r、p、n。"))
    return Clock.objects.filter(light_condition(light, timezone.localdate()), ended_on=None)


def _page(rows: QuerySet[Any], asked: Asked) -> QuerySet[Any]:
    first = max(asked.offset, 0)
    return rows[first : first + min(max(asked.limit, 1), MOST)]


@router.get("cases/{number}", response=FullCaseOut, url_name="approvals-case")
@access(*CLIENTS)
def case(request: HttpRequest, number: str) -> FullCaseOut:
    """A case with its branches, their events and clocks, its form, results, and why it is still open."""
    return full_case_out(find_case(actor_of(request), number))


@router.get("branches", response=BranchesOut, url_name="approvals-branches")
@access(*OFFICE)
def branches(request: HttpRequest, asked: Query[Asked]) -> BranchesOut:
    """The worklist of one's department: branches accepted and not ended, the most urgent first."""
    rows = in_work(answers_for(actor_of(request).department))
    if asked.state:
        rows = rows.filter(state=int(asked.state) if asked.state.isdecimal() and len(asked.state) < 4 else -1)
    if asked.stage:
        rows = rows.filter(application__stage=asked.stage)
    if asked.project:
        rows = rows.filter(application__project__code=asked.project)
    if asked.light:
        rows = rows.filter(clock__in=_clocks(asked.light))
    found = list(_page(rows.select_related("application", "clock").order_by("clock__due_on", "pk"), asked))
    words, read = Words(), readings(found)
    return BranchesOut(total=rows.count(), rows=[branch_out(row, words, read.get(row.clock_id or 0)) for row in found])


@router.get("branches/{pk}", response=FullBranchOut, url_name="approvals-branch")
@access(*READERS)
def branch(request: HttpRequest, pk: int) -> FullBranchOut:
    """One branch with its events and conditions."""
    row = find_branch(actor_of(request), pk)
    return full_branch_out(row, Words(), readings([row]).get(row.clock_id or 0))
