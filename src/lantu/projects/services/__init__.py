"""The verbs of the projects room."""

from lantu.projects.services.aliases import bind_alias, void_alias, void_project
from lantu.projects.services.codes import apply_for_code, retry_code, try_code
from lantu.projects.services.generation import (
    consult_again,
    draw_up_conditions,
    end_generation,
    generate,
    initiate,
    meet_condition,
    pass_formal_check,
    recheck,
    resubmit,
    send_back,
    settle,
)
from lantu.projects.services.library import edit_project, enter_project, link_projects, receive, resume, return_project, suspend
from lantu.projects.services.programme import (
    adjust_programme,
    approve_programme,
    decline_entry,
    include_entry,
    open_programme,
    propose_entry,
    publish_programme,
    report_progress,
    set_quota,
)
from lantu.projects.services.reviews import call_coordination, conclude_review, open_review, score
from lantu.projects.services.sites import add_site, choose_site, withdraw_site
from lantu.projects.services.sources import enter_from_plan
from lantu.projects.services.support import add_expert, end_assessment, register_assessment, retire_expert
from lantu.projects.services.units import add_unit, end_unit, verify_unit
from lantu.projects.services.works import add_building, add_work, void_building, void_work

__all__ = [
    "add_building",
    "add_expert",
    "add_site",
    "add_unit",
    "add_work",
    "adjust_programme",
    "apply_for_code",
    "approve_programme",
    "bind_alias",
    "call_coordination",
    "choose_site",
    "conclude_review",
    "consult_again",
    "decline_entry",
    "draw_up_conditions",
    "edit_project",
    "end_assessment",
    "end_generation",
    "end_unit",
    "enter_from_plan",
    "enter_project",
    "generate",
    "include_entry",
    "initiate",
    "link_projects",
    "meet_condition",
    "open_programme",
    "open_review",
    "pass_formal_check",
    "propose_entry",
    "publish_programme",
    "receive",
    "recheck",
    "register_assessment",
    "report_progress",
    "resubmit",
    "resume",
    "retire_expert",
    "retry_code",
    "return_project",
    "score",
    "send_back",
    "set_quota",
    "settle",
    "suspend",
    "try_code",
    "verify_unit",
    "void_alias",
    "void_building",
    "void_project",
    "void_work",
    "withdraw_site",
]
