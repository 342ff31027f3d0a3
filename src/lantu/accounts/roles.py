"""The roles that posts give, and predicates over them. Codes are fixed; the rights of a role follow from the verbs that name it."""

from __future__ import annotations

from dataclasses import dataclass

from lantu.core.permissions import has_role


@dataclass(frozen=True, slots=True)
class Role:
    """A role (角色): its code and names. ``administrator`` roles exclude each other and every business role (三员分立)."""

    code: str
    name_zh: str
    name_en: str
    administrator: bool = False


ROLES: dict[str, Role] = {
    role.code: role
    for role in (
        Role("planner", "规划经办人", "Planner"),
        Role("checker", "规划复核人", "Second planner (checks)"),
        Role("publisher", "蓝图发布人", "Publisher"),
        Role("reviewer", "部门审查人", "Department reviewer"),
        Role("decider", "审定人", "Decider"),
        Role("window", "综合窗口", "Window clerk"),
        Role("builder", "建设单位", "Builder"),
        Role("supervisor", "督查", "Supervisor"),
        Role("viewer", "领导查看", "Viewer"),
        Role("exchange", "数据交换", "Exchange with other systems"),
        Role("sysadmin", "系统管理员", "System administrator", administrator=True),
        Role("secadmin", "安全保密管理员", "Security administrator", administrator=True),
        Role("auditadmin", "安全审计员", "Audit administrator", administrator=True),
    )
}
ADMINISTRATORS = frozenset(code for code, role in ROLES.items() if role.administrator)

is_planner = has_role("planner")
is_checker = has_role("checker")
is_publisher = has_role("publisher")
is_sysadmin = has_role("sysadmin")
is_secadmin = has_role("secadmin")
is_auditadmin = has_role("auditadmin")
