"""Demo data of what stands before and beside a case: questions asked before filing, a part of the district in a branch of the city."""

from __future__ import annotations

from lantu.approvals import services
from lantu.approvals.demo_staff import in_post
from lantu.approvals.models import Inquiry, StageApplication
from lantu.approvals.selectors import inquiries as reads
from lantu.approvals.selectors.joint import counterparts
from lantu.approvals.words import definition_of
from lantu.casework.services import reply
from lantu.core.actor import Actor
from lantu.projects.models import Project

ASKED = "主体施工图可以分两段送审吗？施工许可要先办哪些手续？"
SAID = {
    "ZJJ": "施工图可按地下、地上分段送审，须附整体方案；施工许可在审图合格、合同备案后办理。",
    "RFB": "人防工程施工图随主体联合审查，不单独送审。",
}
DISTRICT = "GSH-ZRZY"


def load(builder: Actor, project: Project, second: StageApplication) -> None:
    """Each part once."""
    if not Inquiry.objects.filter(demo=True).exists():
        _questions(builder, project)
    _joint(second)


def _questions(builder: Actor, project: Project) -> None:
    """One that is answered, about the next stage of the school; one from the counter that waits to be routed."""
    window = in_post("window", "ZWZX")
    inquiry = services.open_inquiry(builder, "3", "gov_building", ASKED, {}, project=project)
    services.route_inquiry(window, inquiry, SAID)
    for request in reads.requests_of(inquiry):
        code = next(code for code in SAID if code == request.department.code)
        reply(in_post("reviewer", code), request, "agree", reason=SAID[code])
    services.answer_inquiry(window, inquiry, reads.merged(reads.lines(inquiry)))
    services.open_inquiry(
        window,
        "1",
        "social_small",
        "村里想建一座 800 平方米的仓库，要办哪些手续？",
        {"site": "transfer"},
        asker="演示 来访人",
        phone="13800000000",
    )


def _joint(second: StageApplication) -> None:
    """The district is asked about the scheme, and has not answered yet."""
    row = second.branches.filter(item="scheme").order_by("-round").first()
    if row is None or row.joint_parts.exists() or not definition_of(second).items["scheme"].joint_days:
        return
    row.application = second
    if any(one.code == DISTRICT for one in counterparts(row)):
        services.invite_joint(in_post("reviewer", row.department), row, DISTRICT, "学校主出入口与村道的衔接，请提出意见。")
