"""Giving a project its code: once, in the transaction in which it enters."""

from __future__ import annotations

from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.core import numbers
from lantu.core.errors import BadInput
from lantu.projects.identifiers import project_code
from lantu.projects.ports import code_checks
from lantu.standards import selectors


def issue(key: str, on: date, region: str, industry: str, kind: str) -> tuple[str, str, int]:
    """(code, series, serial) held for ``key``; the same key again gives the same. Raises ``BadInput`` when the series is full."""
    settings = selectors.pack().settings.get("project_code", {})
    switch = date.fromisoformat(str(settings.get("new_form_from", project_code.SWITCH)))
    field = industry if on < switch else str(settings.get("department", "04"))
    series = project_code.series_of(on, region[:6], field, kind, switch=switch)
    number = numbers.reserve(f"project-code:{series}", key)
    try:
        code = project_code.compose(series, number, check=code_checks.get(str(settings.get("check", "luhn"))))
    except project_code.CodeError:
        raise BadInput(_("编码序列 %(series)s 的号码用完了。") % {"series": series}, how=_("请联系发改部门确定后续编码办法。")) from None
    return code, series, number


def read(text: str) -> project_code.ProjectCode:
    """A code of either form, as of today. Raises ``BadInput`` with the reason."""
    try:
        return project_code.parse(text.strip(), timezone.localdate())
    except project_code.CodeError as error:
        raise BadInput(
            _("「%(code)s」不是统一项目代码。") % {"code": text.strip()}, where=str(REASONS[str(error)]), how=_("请核对赋码通知上的代码。")
        ) from None


REASONS = {
    "form": gettext_lazy("既不是 2018 版（年份-区划-行业-类型-序号）也不是 2020 版（年月-区划-部门-类型-随机码）的形式"),
    "early": gettext_lazy("2020 版代码的年月早于 2020 年 11 月"),
    "future": gettext_lazy("代码的日期在今天之后"),
}
