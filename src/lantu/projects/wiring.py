"""What the room registers with others: its subjects of casework, its words in timelines, what it does when others speak."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lantu.casework.ports import SubjectKind, subjects, verb_words
from lantu.core import events
from lantu.core.actor import Actor, system
from lantu.core.models import OutboxEvent
from lantu.projects.models import Generation, Programme, Project
from lantu.projects.permissions import READERS
from lantu.projects.ports import code_issuers
from lantu.projects.services.codes import apply_for_code
from lantu.projects.services.generation import CONSULTED, recheck, settle

VERBS = {
    "projects.enter": _("登记入库"),
    "projects.edit": _("修改"),
    "projects.receive": _("收入储备库"),
    "projects.return": _("退回"),
    "projects.suspend": _("中止"),
    "projects.resume": _("恢复"),
    "projects.void": _("终止"),
    "projects.link": _("关联项目"),
    "projects.bind_alias": _("绑定外部代码"),
    "projects.void_alias": _("作废绑定"),
    "projects.apply_code": _("向外部平台申请代码"),
    "projects.retry_code": _("再次申请代码"),
    "projects.record_code_answer": _("外部平台答复"),
    "projects.add_site": _("登记地块"),
    "projects.withdraw_site": _("放弃地块"),
    "projects.choose_site": _("选定地块"),
    "projects.ask_register": _("查法人库"),
    "projects.add_unit": _("登记单位"),
    "projects.end_unit": _("单位退出"),
    "projects.add_work": _("登记工程"),
    "projects.add_building": _("登记单体"),
    "projects.void_work": _("作废工程"),
    "projects.void_building": _("作废单体"),
    "projects.propose_entry": _("申报年度计划"),
    "projects.report_progress": _("填报季度进展"),
    "projects.initiate": _("发起策划"),
    "projects.send_back_generation": _("形式审查退回"),
    "projects.resubmit_generation": _("补正后再报"),
    "projects.pass_formal_check": _("形式审查通过，征求意见"),
    "projects.consult_again": _("再次征求意见"),
    "projects.settle": _("汇总意见"),
    "projects.call_coordination": _("召集协调会"),
    "projects.draw_up_conditions": _("形成建设条件清单"),
    "projects.open_review": _("召集联评联审"),
    "projects.conclude_review": _("签发评审意见"),
    "projects.generate": _("生成项目"),
    "projects.end_generation": _("终止策划"),
    "projects.recheck_generation": _("按新蓝图复核"),
    "projects.meet_condition": _("条件落实"),
    "projects.score": _("录入评分"),
    "projects.enter_from_plan": _("从规划入库"),
    "projects.open_programme": _("开始编制年度计划"),
    "projects.set_quota": _("设定年度指标"),
    "projects.include_entry": _("列入年度计划"),
    "projects.decline_entry": _("不列入年度计划"),
    "projects.approve_programme": _("批准年度计划"),
    "projects.publish_programme": _("公布年度计划"),
    "projects.adjust_programme": _("年中调整"),
}


def may_see(actor: Actor, subject: Any) -> bool:
    """Whoever may look at the library."""
    return actor.role in READERS


def connect() -> None:
    """Called once at start."""
    subjects.register(
        "projects.project",
        SubjectKind(
            model=Project,
            title=lambda project: project.name,
            url=lambda project: reverse("projects:project", args=[project.pk]),
            may_see=may_see,
            number=lambda project: project.code,
            department=lambda project: project.department.code,
        ),
    )
    subjects.register(
        "projects.generation",
        SubjectKind(
            model=Generation,
            title=lambda row: row.project.name,
            url=lambda row: reverse("projects:generation", args=[row.pk]),
            may_see=may_see,
            number=lambda row: row.number,
            department=lambda row: row.lead.code,
        ),
    )
    subjects.register(
        "projects.programme",
        SubjectKind(
            model=Programme,
            title=str,
            url=lambda row: reverse("projects:programme", args=[row.pk]),
            may_see=may_see,
        ),
    )
    verb_words.register("projects", VERBS)


@events.subscribe("projects.received")
def _received(event: OutboxEvent, actor: Actor) -> None:
    """A project in the reserve library: other platforms are asked for their code."""
    project = Project.objects.get(pk=event.subject_id)
    for issuer in code_issuers.all():
        apply_for_code(system(), project, issuer.issuer)


@events.subscribe("casework.round_complete")
def _round_complete(event: OutboxEvent, actor: Actor) -> None:
    """When every department has answered, take stock."""
    from lantu.casework.models import Consultation

    consultation = Consultation.objects.get(pk=event.subject_id)
    if consultation.subject_type == "projects.generation":
        _settle(consultation.subject_id)


@events.subscribe("casework.replied")
def _replied(event: OutboxEvent, actor: Actor) -> None:
    """A department that changes its mind after the round was complete: take stock again."""
    from lantu.casework.models import Consultation

    consultation = Consultation.objects.get(pk=event.payload["consultation"])
    if consultation.subject_type == "projects.generation" and consultation.state == Consultation.State.COMPLETE:
        _settle(consultation.subject_id)


@events.subscribe("casework.decided")
def _decided(event: OutboxEvent, actor: Actor) -> None:
    """When a meeting decided about a planning, take stock."""
    if event.payload.get("subject_type") == "projects.generation":
        _settle(str(event.payload["subject_id"]))


def _settle(key: str) -> None:
    row = Generation.objects.filter(pk=key, state__in=CONSULTED).first()
    if row is not None:
        settle(system(), row)


@events.subscribe("blueprints.published")
def _published(event: OutboxEvent, actor: Actor) -> None:
    """A new release: plannings whose opinions rest on an older one are checked again; changed hits reopen them."""
    open_states = (*CONSULTED, Generation.State.CONDITIONED, Generation.State.REVIEWED)
    for row in Generation.objects.filter(state__in=open_states).exclude(release_number=event.payload.get("number", "")):
        recheck(system(), row)
