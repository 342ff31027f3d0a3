"""What may be done from the page of a project."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.analysis.conformity.sites import Site, from_files, from_text
from lantu.analysis.uploads import laid_out
from lantu.core import files
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, NotFound
from lantu.projects import acts, services
from lantu.projects.forms import (
    AliasForm,
    ApplicationForm,
    BuildingForm,
    ConditionForm,
    IssuerForm,
    LinkForm,
    ProposeForm,
    ReasonForm,
    SiteChoiceForm,
    SiteForm,
    UnitChoiceForm,
    UnitForm,
    UnverifiedUnitForm,
    VoidAliasForm,
    WithdrawSiteForm,
    WorkForm,
)
from lantu.projects.models import CandidateSite, CodeApplication, Programme, Project
from lantu.projects.permissions import ENTERING
from lantu.projects.ports import code_issuers
from lantu.projects.selectors import dossier

EDITABLE = (Project.State.DRAFT, Project.State.RECEIVED, Project.State.RETURNED)


def _add_site(actor: Actor, project: Project, data: dict[str, Any]) -> CandidateSite:
    site = site_of(data)
    return services.add_site(actor, project, data["label"], site.geometry, note=data["note"], source="；".join(site.evidence)[:100])


def site_of(data: dict[str, Any]) -> Site:
    """The site of a form, in degrees. Raises ``BadInput`` saying what is wrong with it, and where."""
    if data["drawn"]:
        return replace(from_text(data["drawn"]), evidence=(_("图上画"),))
    if data["coordinates"]:
        return from_text(data["coordinates"], data["epsg"])
    with laid_out(data["upload"]) as uploads:
        found = from_files(uploads, data["epsg"])
    if len(found) != 1:
        raise BadInput(_("文件里有 %(n)s 个地块。") % {"n": len(found)}, how=_("一次登记一个地块，请只留一个。"))
    return replace(found[0], evidence=(_("文件 %(name)s") % {"name": data["upload"][0].name},))


def _link(actor: Actor, project: Project, data: dict[str, Any]) -> Any:
    other = Project.objects.filter(code=data["code"].strip()).first()
    if other is None:
        raise NotFound(_("没有代码为 %(code)s 的项目。") % {"code": data["code"]}, how=_("请核对代码。"))
    return services.link_projects(actor, project, other, data["kind"], data["note"])


def _open(project: Project) -> bool:
    return project.state in EDITABLE


def _unasked(project: Project) -> list[str]:
    """Issuers that are connected and have not been asked about the project."""
    asked = set(project.code_applications.values_list("issuer", flat=True))
    return [one.issuer for one in code_issuers.all() if one.issuer not in asked]


ACTS: tuple[acts.Act[Project], ...] = (
    acts.Act(
        "receive",
        gettext_lazy("收入储备库"),
        ("planner",),
        lambda p: p.state in ("draft", "returned"),
        lambda a, p, d: services.receive(a, p),
        main=True,
    ),
    acts.Act("site", gettext_lazy("登记地块"), ENTERING, _open, _add_site, SiteForm),
    acts.Act(
        "choose",
        gettext_lazy("选定地块为红线"),
        ("planner",),
        lambda p: _open(p) and p.sites.filter(withdrawn=False, chosen=False).exists(),
        lambda a, p, d: services.choose_site(a, d["site"]),
        SiteChoiceForm,
    ),
    acts.Act(
        "drop_site",
        gettext_lazy("放弃地块"),
        ("planner",),
        lambda p: _open(p) and p.sites.filter(withdrawn=False).exists(),
        lambda a, p, d: services.withdraw_site(a, d["site"], d["reason"]),
        WithdrawSiteForm,
        danger=True,
    ),
    acts.Act("unit", gettext_lazy("登记参建单位"), ENTERING, _open, lambda a, p, d: services.add_unit(a, p, **d), UnitForm),
    acts.Act(
        "work", gettext_lazy("登记工程"), ENTERING, _open, lambda a, p, d: services.add_work(a, p, d["name"], scope=d["scope"]), WorkForm
    ),
    acts.Act(
        "verify",
        gettext_lazy("到法人库核验单位"),
        ENTERING,
        lambda p: _open(p) and p.units.filter(ended=False, verified=False).exclude(uscc="").exists(),
        lambda a, p, d: services.verify_unit(a, d["unit"]),
        UnverifiedUnitForm,
    ),
    acts.Act(
        "end_unit",
        gettext_lazy("单位退出"),
        ENTERING,
        lambda p: _open(p) and p.units.filter(ended=False).exists(),
        lambda a, p, d: services.end_unit(a, d["unit"]),
        UnitChoiceForm,
    ),
    acts.Act(
        "building",
        gettext_lazy("登记单体"),
        ("planner",),
        lambda p: _open(p) and p.works.filter(voided_reason="").exists(),
        lambda a, p, d: services.add_building(a, d.pop("work"), d.pop("name"), **{key: value for key, value in d.items() if value}),
        BuildingForm,
    ),
    acts.Act(
        "ask_code",
        gettext_lazy("向外部平台申请代码"),
        ("planner",),
        lambda p: _open(p) and bool(_unasked(p)),
        lambda a, p, d: services.apply_for_code(a, p, d["issuer"]),
        IssuerForm,
    ),
    acts.Act(
        "retry_code",
        gettext_lazy("再次申请代码"),
        ("planner",),
        lambda p: p.code_applications.exclude(state=CodeApplication.State.GIVEN).exists(),
        lambda a, p, d: services.retry_code(a, d["application"]),
        ApplicationForm,
    ),
    acts.Act(
        "void_alias",
        gettext_lazy("作废外部代码"),
        ("planner",),
        lambda p: p.aliases.filter(voided_reason="").exists(),
        lambda a, p, d: services.void_alias(a, d["alias"], d["reason"]),
        VoidAliasForm,
        danger=True,
    ),
    acts.Act(
        "alias", gettext_lazy("绑定外部代码"), ("planner", "exchange"), _open, lambda a, p, d: services.bind_alias(a, p, **d), AliasForm
    ),
    acts.Act(
        "propose",
        gettext_lazy("申报年度计划"),
        ENTERING,
        lambda p: _open(p) and Programme.objects.filter(state=Programme.State.DRAFT).exists(),
        lambda a, p, d: services.propose_entry(a, p, d.pop("programme"), **d),
        ProposeForm,
    ),
    acts.Act("link", gettext_lazy("关联项目"), ENTERING, _open, _link, LinkForm),
    acts.Act(
        "return",
        gettext_lazy("退回报送部门"),
        ("planner",),
        lambda p: p.state in ("draft", "received") and p.library == "reserve",
        lambda a, p, d: services.return_project(a, p, **d),
        ReasonForm,
    ),
    acts.Act("suspend", gettext_lazy("中止项目"), ("planner",), _open, lambda a, p, d: services.suspend(a, p, **d), ReasonForm),
    acts.Act(
        "resume", gettext_lazy("恢复项目"), ("planner",), lambda p: p.state == "suspended", lambda a, p, d: services.resume(a, p), main=True
    ),
    acts.Act(
        "void",
        gettext_lazy("终止项目"),
        ("planner",),
        lambda p: p.state != "terminated" and p.library == "reserve",
        lambda a, p, d: services.void_project(a, p, **d),
        ReasonForm,
        danger=True,
    ),
)


def meet(actor: Actor, data: dict[str, Any]) -> Any:
    """Write down by what a condition is met; the file is attached to its planning."""
    condition, upload = data["condition"], data["file"]
    return services.meet_condition(
        actor, condition, data["evidence"], waive=data["waive"], stored=files.store(upload) if upload else None, filename=str(upload or "")
    )


CHECKLIST: tuple[acts.Act[Project], ...] = (
    acts.Act(
        "met",
        gettext_lazy("条件落实"),
        ("planner", "reviewer", "decider"),
        lambda p: dossier.conditions_of(p).filter(state="open").exists(),
        lambda a, p, d: meet(a, d),
        ConditionForm,
    ),
)
"""What may be done on the checklist of the conditions."""
