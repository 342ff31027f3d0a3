"""Demo certificates: a TEST seal of the planning office, permits on demo ground, a chain, a copy, a sealed archive. All by the verbs."""

from __future__ import annotations

from datetime import timedelta

import shapely
from django.utils import timezone

from lantu.accounts import demo as people
from lantu.accounts.models import User
from lantu.blueprints.models import BlueprintRelease
from lantu.certificates.models import Certificate
from lantu.certificates.services import (
    Grant,
    change_certificate,
    issue_certificate,
    issue_together,
    make_copy,
    prepare_certificate,
    seal_archive,
    set_state,
)
from lantu.certificates.types import register
from lantu.core.actor import Actor
from lantu.documents.models import Seal
from lantu.documents.services import draft_paper, grant_seal, issue_paper, register_seal
from lantu.plans.models import LivingFeature

SEAL = "DEMO-SPZYZ"
CASE = ("demo.stage", "1", "演示 朱昌片区学校 立项用地规划许可阶段")
PROJECT = "演示 朱昌片区九年一贯制学校新建工程"
HOLDER = {"holder_name": "演示 观山湖区教育局", "holder_code": "12520115MB0000094A", "project_code": "2018-520115-82-01-000041"}


def load(release: BlueprintRelease | None) -> list[Certificate]:
    """Make them once; nothing in a city whose pack has no such certificates."""
    known = list(Certificate.objects.filter(demo=True).order_by("pk"))
    decider = people.demo_actor("decider")
    of = register().types.get("land_use_permit")
    if known or of is None or decider.department not in of.issuers:
        return known
    seal = _seal(decider)
    ground = _ground()
    case = {"subject_type": CASE[0], "subject_id": CASE[1], "subject_title": CASE[2], **HOLDER}
    permit = prepare_certificate(
        decider,
        Grant(
            type="land_use_permit",
            key="demo/land",
            data={
                "project": PROJECT,
                "place": "观山湖区朱昌镇（演示）",
                "use": "A33 中小学用地",
                "area": "以附图椭球面积为准",
                "acquisition": "划拨",
            },
            geometry=ground,
            release=release,
            item="建设用地规划许可证核发",
            **case,  # type: ignore[arg-type]
        ),
    )
    siting = prepare_certificate(
        decider,
        Grant(
            type="siting",
            key="demo/siting",
            data={"project": PROJECT, "basis": "演示 筑发改〔2018〕12号", "place": "观山湖区朱昌镇（演示）", "area": "以附图为准"},
            geometry=ground,
            release=release,
            item="建设项目用地预审与选址意见书核发",
            **case,  # type: ignore[arg-type]
        ),
    )
    issue_together(decider, [(siting, seal), (permit, seal)])
    works = issue_certificate(
        decider,
        prepare_certificate(
            decider,
            Grant(
                type="works_permit",
                key="demo/works",
                data={"project": PROJECT, "place": "观山湖区朱昌镇（演示）", "scale": "建筑面积 42,600 ㎡"},
                geometry=ground,
                release=release,
                **HOLDER,  # type: ignore[arg-type]
            ),
        ),
        seal,
    )
    changed = change_certificate(
        decider,
        works,
        key="demo/works/2",
        reason="建筑面积调整",
        basis="《行政许可法》第四十九条",
        data={**works.data, "scale": "建筑面积 42,580 ㎡"},
    )
    issue_certificate(decider, changed, seal)
    permit.refresh_from_db()
    _papers(decider)
    until = timezone.localdate() + timedelta(days=60)
    make_copy(decider, permit, seal, purpose="演示 办理施工图审查", recipient="演示 审图机构", expires=until)
    seal_archive(decider, subject_type=CASE[0], subject_id=CASE[1], title=CASE[2])
    set_state(decider, siting, "suspend", reason="演示 核查用地面积", basis="《行政许可法》第六十一条")
    return list(Certificate.objects.filter(demo=True).order_by("pk"))


def _seal(decider: Actor) -> Seal:
    """The approval seal of the decider's office, drawn, marked TEST."""
    found = Seal.objects.filter(code=SEAL).first()
    if found is None:
        keeper = people.demo_actor("secadmin")
        found = register_seal(keeper, code=SEAL, name="行政审批专用章（测试）", kind="approval", department=decider.department)
        grant_seal(keeper, found, User.objects.get(pk=decider.user_id or 0))
    return found


def _ground() -> shapely.Polygon | None:
    """The ground of a demo red line, so that a click on it shows both."""
    for feature in LivingFeature.objects.filter(demo=True, valid_to=None).order_by("pk")[:20]:
        parts = [part for part in shapely.get_parts(feature.geometry) if part.geom_type == "Polygon" and part.is_valid]
        if parts:
            return max(parts, key=lambda part: part.area)
    return None


def _papers(decider: Actor) -> None:
    """A few outward papers of the same case."""
    today = timezone.localdate()
    acceptance = {
        "addressee": HOLDER["holder_name"],
        "project": PROJECT,
        "project_code": HOLDER["project_code"],
        "item": "建设用地规划许可证核发",
        "accepted": today.isoformat(),
        "limit": "7 个工作日",
        "due": (today + timedelta(days=9)).isoformat(),
    }
    issue_paper(decider, draft_paper(decider, "acceptance", acceptance, key="demo/acceptance", subject_title=CASE[2], demo=True))
    correction = {
        "addressee": HOLDER["holder_name"],
        "project": PROJECT,
        "item": "建设工程规划许可证核发",
        "items": [["总平面图", "缺少坐标系说明", "办事指南第 4 项"], ["日照分析", "未附报告", "办事指南第 6 项"]],
        "due": (today + timedelta(days=20)).isoformat(),
    }
    draft_paper(decider, "correction", correction, key="demo/correction", subject_title=CASE[2], demo=True)
