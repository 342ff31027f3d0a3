"""How a timeline tells the verbs of the room."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

VERBS = {
    "approvals.file_stage": _("阶段申报"),
    "approvals.answer_filing": _("受理决定"),
    "approvals.answer_corrections": _("补正材料"),
    "approvals.hand_in": _("交材料"),
    "approvals.amend_form": _("修改申请表"),
    "approvals.withdraw_stage": _("撤回申请"),
    "approvals.rate": _("评价"),
    "approvals.take_paper": _("接收窗口来件"),
    "approvals.precheck": _("牵头预审"),
    "approvals.call_joint_meeting": _("召集联合评审会"),
    "approvals.conclude": _("签署综合意见"),
    "approvals.plan_results": _("列出办理结果"),
    "approvals.hold_results": _("取号、写出决定书"),
    "approvals.record_results": _("结果制作完成"),
    "approvals.receive_results": _("网上签收结果"),
    "approvals.correct_result": _("准备更正结果"),
    "approvals.record_correction": _("更正结果"),
    "approvals.open_inquiry": _("提出咨询"),
    "approvals.route_inquiry": _("分办咨询"),
    "approvals.answer_inquiry": _("答复咨询"),
    "approvals.withdraw_inquiry": _("撤回咨询"),
    "approvals.draft_from_inquiry": _("按咨询填报"),
}
