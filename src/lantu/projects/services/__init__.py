"""The verbs of the projects room."""

from lantu.projects.services.aliases import bind_alias, void_alias, void_project
from lantu.projects.services.library import edit_project, enter_project, link_projects, receive, resume, return_project, suspend
from lantu.projects.services.sites import add_site, choose_site, withdraw_site
from lantu.projects.services.units import add_unit, end_unit, verify_unit
from lantu.projects.services.works import add_building, add_work, void_building, void_work

__all__ = [
    "add_building",
    "add_site",
    "add_unit",
    "add_work",
    "bind_alias",
    "choose_site",
    "edit_project",
    "end_unit",
    "enter_project",
    "link_projects",
    "receive",
    "resume",
    "return_project",
    "suspend",
    "verify_unit",
    "void_alias",
    "void_building",
    "void_project",
    "void_work",
    "withdraw_site",
]
