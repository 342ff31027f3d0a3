"""Names of stages, items, departments and states in the page's language."""

from __future__ import annotations

import functools
from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from lantu.approvals.catalogue import read
from lantu.approvals.catalogue.definition import Definition
from lantu.approvals.events import Code
from lantu.approvals.join import Outcome, Reason, Result, Why
from lantu.approvals.models import DefinitionRelease, Inquiry, StageApplication
from lantu.casework.people import names_today

CODES: dict[int, str | Promise] = {
    Code.RECEIVED: gettext_lazy("已接件"),
    Code.WITHDRAWN_BEFORE: gettext_lazy("已撤件"),
    Code.ACCEPTED: gettext_lazy("已受理"),
    Code.NOT_REQUIRED: gettext_lazy("不受理"),
    Code.REFUSED_ACCEPTANCE: gettext_lazy("不予受理"),
    Code.CORRECTION_ASKED: gettext_lazy("待补正"),
    Code.CORRECTION_DONE: gettext_lazy("已补正"),
    Code.STARTED: gettext_lazy("办理中"),
    Code.SPECIAL_BEGINS: gettext_lazy("特别程序"),
    Code.SPECIAL_ENDS: gettext_lazy("特别程序结束"),
    Code.APPROVED: gettext_lazy("通过"),
    Code.APPROVED_DEFERRED: gettext_lazy("容缺通过"),
    Code.REJECTED: gettext_lazy("不通过"),
    Code.WITHDRAWN: gettext_lazy("已撤回"),
    Code.REVOKED: gettext_lazy("已撤销"),
}
"""How a case stands, in a word (办件状态)."""

KINDS: dict[int | None, tuple[str, str]] = {
    None: ("na", "clock"),
    Code.APPROVED: ("ok", "check"),
    Code.NOT_REQUIRED: ("ok", "check"),
    Code.APPROVED_DEFERRED: ("cond", "check"),
    Code.CORRECTION_ASKED: ("pau", "file"),
    Code.SPECIAL_BEGINS: ("pau", "clock"),
    Code.SPECIAL_ENDS: ("pau", "clock"),
    Code.REJECTED: ("bad", "close"),
    Code.REFUSED_ACCEPTANCE: ("bad", "close"),
    Code.REVOKED: ("bad", "warning"),
    Code.WITHDRAWN: ("off", "minus"),
    Code.WITHDRAWN_BEFORE: ("off", "minus"),
}
"""Look of a state: class of the cell and icon; what is not named is being worked on."""


@functools.lru_cache(maxsize=32)
def _definition(pk: int, digest: str) -> Definition:
    return read(DefinitionRelease.objects.only("content").get(pk=pk).content)


def definition_of(application: StageApplication | Inquiry) -> Definition:
    """The definition that judges a case, or by which a question was asked; a release never changes, so it is read once."""
    release = application._state.fields_cache.get("definition")
    return _definition(application.definition_id, release.digest if release is not None else "")


def local(zh: str, en: str) -> str:
    """The name in the page's language."""
    return en if (get_language() or "").startswith("en") and en else zh


class Words:
    """Names for one request."""

    def __init__(self) -> None:
        self.departments = names_today()

    def department(self, code: str) -> str:
        return self.departments.get(code, code)

    def item(self, application: StageApplication, code: str) -> str:
        found = definition_of(application).items.get(code)
        return local(found.name_zh, found.name_en) if found else code

    def stage(self, application: StageApplication, code: str = "") -> str:
        code = code or application.stage
        found = definition_of(application).stages.get(code)
        return local(found.name_zh, found.name_en) if found else code

    def stage_number(self, application: StageApplication) -> str:
        return _("第 %(n)s 阶段　%(name)s") % {"n": application.stage, "name": self.stage(application)}

    def sentence(self, application: StageApplication, reason: Reason) -> str:
        """One reason of the join: 建设工程规划许可证（市规划局，办理中）."""
        words = {
            "item": self.item(application, reason.item),
            "department": self.department(reason.department),
            "others": self.items(application, reason.others),
            "state": state_word(reason.state),
        }
        return str(_SENTENCES[reason.why]) % words

    def items(self, application: StageApplication, codes: Iterable[str]) -> str:
        return "、".join(self.item(application, code) for code in codes)

    def verdict(self, application: StageApplication, result: Result) -> tuple[str, list[str]]:
        """The head sentence of the join and its reasons, in words."""
        reasons = [self.sentence(application, one) for one in result.reasons]
        head = str(_HEADS[result.outcome])
        return (head % {"n": len(reasons)} if "%(n)s" in head else head), reasons


_SENTENCES: dict[Why, str | Promise] = {
    Why.RUNNING: gettext_lazy("%(item)s（%(department)s，%(state)s）"),
    Why.NOT_STARTED: gettext_lazy("%(item)s（%(department)s，还没有接件）"),
    Why.WAITS_FOR: gettext_lazy("%(item)s（%(department)s，等%(others)s办结）"),
    Why.FILE_AGAIN: gettext_lazy("%(item)s（%(department)s，已撤回，须重新申报或撤回整个阶段）"),
    Why.REFUSED: gettext_lazy("%(item)s（%(department)s，%(state)s）"),
    Why.BLOCKED: gettext_lazy("%(item)s（%(department)s，因%(others)s未通过，不能开始）"),
    Why.DEFERRED: gettext_lazy("%(item)s（%(department)s，容缺材料待补）"),
    Why.REVOKED: gettext_lazy("%(item)s（%(department)s，已撤销）"),
}
_HEADS: dict[Outcome, str | Promise] = {
    Outcome.OPEN: gettext_lazy("本阶段还不能办结，差 %(n)s 项"),
    Outcome.APPROVED: gettext_lazy("本阶段各项都已通过"),
    Outcome.APPROVED_DEFERRED: gettext_lazy("本阶段容缺通过，有 %(n)s 项待补材料"),
    Outcome.REJECTED: gettext_lazy("本阶段不通过"),
    Outcome.WITHDRAWN: gettext_lazy("本阶段已撤回"),
    Outcome.NOT_REQUIRED: gettext_lazy("本阶段不需办理"),
    Outcome.REVOKED: gettext_lazy("本阶段的结果已撤销"),
}


def state_word(code: int | None) -> str:
    """A state in a word; a branch without events waits for others."""
    return str(CODES[code]) if code is not None else _("待前置事项")


SAID_TO_APPLICANTS: dict[int | None, str | Promise] = {
    None: gettext_lazy("还没有开始"),
    Code.RECEIVED: gettext_lazy("已收件"),
    Code.NOT_REQUIRED: gettext_lazy("不需办理"),
    Code.CORRECTION_ASKED: gettext_lazy("等您补正"),
    Code.CORRECTION_DONE: gettext_lazy("已补正，等窗口核对"),
    Code.STARTED: gettext_lazy("审核中"),
    Code.SPECIAL_BEGINS: gettext_lazy("停计"),
    Code.SPECIAL_ENDS: gettext_lazy("停计结束"),
}
"""The states that an applicant reads in other words than the office."""


def applicant_word(code: int | None) -> str:
    """A state in a word for its applicant."""
    return str(SAID_TO_APPLICANTS[code]) if code in SAID_TO_APPLICANTS else state_word(code)


STATE_TAGS = {
    StageApplication.State.OPEN: "info",
    StageApplication.State.APPROVED: "ok",
    StageApplication.State.APPROVED_DEFERRED: "warn",
    StageApplication.State.REJECTED: "err",
    StageApplication.State.REVOKED: "err",
}
