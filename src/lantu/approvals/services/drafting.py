"""Preparing an application: start, answer, fill in, give the site; nothing that the platform knows is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import shapely
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from lantu.analysis.conformity.sites import Site
from lantu.analysis.services.checks import run_check
from lantu.approvals.catalogue import read
from lantu.approvals.models import Draft, StageApplication
from lantu.approvals.rights import NEED_MEMBER, may_prepare, may_start
from lantu.approvals.selectors import applicants
from lantu.approvals.selectors.drafts import Prepared
from lantu.approvals.selectors.prefill import FACT, Prefill
from lantu.approvals.services.definitions import in_force
from lantu.core.actor import Actor, system
from lantu.core.audit import remark
from lantu.core.errors import BadInput, Conflict
from lantu.core.locking import lock_row
from lantu.core.verbs import verb
from lantu.projects.models import Generation, Project
from lantu.projects.services.sites import check_site

TAKEN = (StageApplication.State.OPEN, StageApplication.State.APPROVED, StageApplication.State.APPROVED_DEFERRED)


@verb("approvals.start_draft", permission=may_start, need=NEED_MEMBER, subject="project")
def start_draft(actor: Actor, project: Project, stage: str, project_class: str) -> Draft:
    """Begin an application for a stage (新建申报); the draft that there is comes back. What the platform knows is filled in at once.

    Raises ``BadInput`` for an unknown stage or class, ``Conflict`` when the stage is under way or approved.
    """
    release = in_force()
    definition = read(release.content)
    if stage not in definition.stages or project_class not in definition.classes:
        raise BadInput(_("没有阶段 %(stage)s 或项目类型 %(class)s。") % {"stage": stage, "class": project_class}, how=_("请从指南中选择。"))
    applicant = applicants.applicant_for(actor, project)
    if applicant is None:
        raise Conflict(_("本项目的建设单位还没有在网上报建注册。"), where=project.name, how=_("请先注册单位。"))
    Project.objects.select_for_update().get(pk=project.pk)  # pressed twice, one draft
    if (known := StageApplication.objects.filter(project=project, stage=stage, state__in=TAKEN).first()) is not None:
        raise Conflict(_("本阶段已有申请 %(number)s。") % {"number": known.number}, where=project.name, how=_("请打开原申请。"))
    found = Draft.objects.filter(applicant=applicant, project=project, stage=stage, state=Draft.State.EDITING).first()
    if found is not None:
        return found
    draft = Draft(
        applicant=applicant,
        project=project,
        definition=release,
        stage=stage,
        project_class=project_class,
        created_by_id=actor.user_id,
        created_by_name=actor.name,
    )
    planning = (
        Generation.objects.filter(project=project).exclude(state=Generation.State.ENDED).select_related("site").order_by("-pk").first()
    )
    site = project.sites.filter(chosen=True).first() or (planning.site if planning else None)
    if site is not None:
        draft.site, draft.site_source = shapely.geometry.mapping(site.geometry), _("项目地块「%(label)s」") % {"label": site.label}
    _derive(draft, site_facts(draft))
    draft.save()
    remark(stage=stage, project_class=project_class, filled=len(draft.derived))
    return draft


@verb("approvals.answer_situation", permission=may_prepare, need=NEED_MEMBER, subject="draft")
def answer_situation(actor: Actor, draft: Draft, facts: Mapping[str, Any]) -> Draft:
    """Keep what people answered to the questions (情形); a fact that is not asked here is left out."""
    row = locked(draft)
    asked = {one.fact for one in Prepared(row).questions}
    row.situation = {**row.situation, **{fact: value for fact, value in facts.items() if fact in asked}}
    return _keep(draft, row)


@verb("approvals.save_answers", permission=may_prepare, need=NEED_MEMBER, subject="draft")
def save_answers(actor: Actor, draft: Draft, answers: Mapping[str, Any], *, version: int | None = None) -> Draft:
    """Keep what was filled in, also what cannot be filed yet; an empty value takes an answer back.

    ``version``: which state the person saw; two people who filled in different fields both keep theirs. Raises ``BadInput`` for a field
    that the form does not have or that the platform has filled in for good, ``Conflict`` (code ``changed``) when somebody else changed
    the same field since.
    """
    row = locked(draft)
    form = {one.code: one for one in Prepared(row).form}
    if unknown := [code for code in answers if code not in form]:
        raise BadInput(_("表单里没有 %(codes)s。") % {"codes": "、".join(unknown)}, how=_("请刷新页面。"))
    fixed = [form[code].title for code, value in answers.items() if form[code].locked and _overrules(row, code, value)]
    if fixed:
        raise BadInput(_("%(titles)s 由平台取得，不能改填。") % {"titles": "、".join(fixed)}, how=_("如有误，请在来源处更正。"))
    if version is not None and version != row.version:
        clash = [code for code, value in answers.items() if row.answers.get(code, "") not in ("", value)]
        if clash:
            raise Conflict(
                _("%(titles)s 刚被别人改过。") % {"titles": "、".join(form[code].title for code in clash)},
                how=_("请刷新页面看对方填的，再决定。"),
                code="changed",
                theirs={code: row.answers[code] for code in clash},
            )
    kept = {**row.answers, **answers}
    row.answers = {code: value for code, value in kept.items() if value not in ("", None)}
    return _keep(draft, row)


@verb("approvals.set_site", permission=may_prepare, need=NEED_MEMBER, subject="draft")
def set_site(actor: Actor, draft: Draft, geometry: BaseGeometry, source: str = "") -> Draft:
    """Give the site (用地范围), polygons in EPSG:4490: area and hits of the blueprint are found by the platform from then on.

    Raises ``BadInput`` for no polygon, a crossing outline, or ground outside of the city.
    """
    check_site(geometry)
    row = locked(draft)
    row.site, row.site_source = shapely.geometry.mapping(geometry), source[:100]
    _derive(row, site_facts(row))
    remark(source=source)
    return _keep(draft, row, derive=False)


@verb("approvals.discard_draft", permission=may_prepare, need=NEED_MEMBER, subject="draft")
def discard_draft(actor: Actor, draft: Draft) -> Draft:
    """Throw a draft away; it stays on record."""
    row = locked(draft)
    row.state = Draft.State.DISCARDED
    row.save(update_fields=["state", "changed_at"])
    draft.refresh_from_db()
    return draft


@verb("approvals.refresh_draft", permission=may_prepare, need=NEED_MEMBER, subject="draft")
def refresh_draft(actor: Actor, draft: Draft) -> Draft:
    """Bring a draft to the release in force (按新版事项库核对): what people answered stays, what was derived is found anew.

    Answers to fields that the new form lacks are kept aside in the draft, and count again if the field comes back.
    """
    row = locked(draft)
    release = in_force()
    definition = read(release.content)
    if row.stage not in definition.stages or row.project_class not in definition.classes:
        raise Conflict(_("新版事项库里没有这个阶段或项目类型。"), how=_("请删除草稿，按新版指南重新申报。"))
    row.definition = release
    _derive(row, site_facts(row))
    remark(definition=release.number)
    return _keep(draft, row, derive=False)


def locked(draft: Draft) -> Draft:
    """The row under its lock. Raises ``Conflict`` for one that is filed or thrown away."""
    row = lock_row(Draft.objects.select_related("project", "definition", "applicant"), draft.pk)
    if row.state != Draft.State.EDITING:
        raise Conflict(_("草稿现在是「%(state)s」，不能再改。") % {"state": row.get_state_display()}, how=_("请打开申请。"))
    return row


def site_facts(draft: Draft) -> dict[str, Any]:
    """What a check of the site against the blueprint in force says: ``hits`` (codes of rules), ``heritage``; nothing without a release."""
    if draft.site is None:
        return {}
    try:
        check = run_check(system(), Site(shapely.geometry.shape(draft.site), "project", draft.project.name), title=draft.project.name)
    except (Conflict, BadInput):  # no blueprint yet, or a site that cannot be checked: the questions are asked instead
        return {}
    hits = sorted({row["rule"] for row in check.result["lines"] if row["state"] == "hit" and row["rule"]})
    label = _("合规性检测 %(number)s") % {"number": check.number}
    return {"hits": {"value": hits, "label": label}, "heritage": {"value": bool({"C04", "C09"} & set(hits)), "label": label}}


def _overrules(row: Draft, code: str, value: Any) -> bool:
    return code in row.derived and value not in ("", None, row.derived[code]["value"])


def _keep(draft: Draft, row: Draft, *, derive: bool = True) -> Draft:
    if derive:
        _derive(row, {code.removeprefix(FACT): one for code, one in row.derived.items() if code.startswith(FACT)})
    row.version += 1
    row.save()
    draft.refresh_from_db()
    return draft


def _derive(row: Draft, facts: dict[str, Any]) -> None:
    """Fill in all that the platform knows, for the facts of the rules and the fields of the form."""
    prefill = Prefill(row.applicant, row.project, row.stage, row.site, facts)
    row.derived = {}
    prepared = Prepared(row)
    for question in prepared.questions:
        if (found := prefill.first(question.source)) is not None:
            row.derived[FACT + question.fact] = found
    for one in Prepared(row).form:
        if (found := prefill.first(one.source)) is not None:
            row.derived[one.code] = found
