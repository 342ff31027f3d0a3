"""Forms for the commonest changes of the catalogue: limits and leads; of an item its department, days, materials, prerequisites, classes,
and when it applies. Each gives the values by their places in the file; only what differs is changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.accounts.models import Department
from lantu.approvals.catalogue.definition import Definition
from lantu.approvals.catalogue.edit import flow
from lantu.approvals.catalogue.guide import question
from lantu.approvals.catalogue.sentences import local
from lantu.casework.people import name_of

Change = tuple[tuple[str, ...], Any]
ROWS = 8
GROUPS = 4
TESTS = (
    ("", "—"),
    ("is", gettext_lazy("是 / 等于")),
    ("in", gettext_lazy("为其中之一（逗号分开）")),
    ("has", gettext_lazy("包含")),
    ("min", gettext_lazy("不小于")),
    ("max", gettext_lazy("不大于")),
)
ALWAYS, ROWWISE, TABLE = "always", "rows", "table"


def departments() -> list[tuple[str, str]]:
    return [(row.code, f"{name_of(row)}（{row.code}）") for row in Department.objects.order_by("code")]


class LimitsForm(forms.Form):
    """Working days of every class over all stages and in each, and who leads each stage."""

    def __init__(self, *args: Any, content: Mapping[str, Any], definition: Definition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.content = content
        for code, stage in definition.stages.items():
            field = forms.ChoiceField(label=_("牵头部门"), choices=departments(), initial=stage.lead)
            self._add(("stages", code, "lead"), field)
            for name in definition.classes:
                self._add(("stages", code, "limits", name), _days(local(definition.classes[name]), stage.limits.get(name)))
        for name, row in definition.classes.items():
            self._add(("classes", name, "total"), _days(_("总时限"), row.get("total")))

    def _add(self, path: tuple[str, ...], field: forms.Field) -> None:
        self.fields["/".join(path)] = field

    def changes(self) -> list[Change]:
        """What differs from the file."""
        found = []
        for name, value in self.cleaned_data.items():
            path = tuple(name.split("/"))
            if value != _at(self.content, path):
                found.append((path, value))
        return found


def _days(label: str, initial: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=0, max_value=3650, initial=initial)


def _at(content: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        content = content.get(key) if isinstance(content, Mapping) else None
    return content


class ItemForm(forms.Form):
    """One item."""

    department = forms.ChoiceField(label=gettext_lazy("承办部门"))
    days = forms.IntegerField(label=gettext_lazy("承诺时限"), min_value=0, max_value=3650)
    statutory = forms.IntegerField(label=gettext_lazy("法定时限"), min_value=0, max_value=3650)
    unit = forms.ChoiceField(
        label=gettext_lazy("计算单位"), choices=[("working", gettext_lazy("工作日")), ("calendar", gettext_lazy("自然日"))]
    )
    classes = forms.MultipleChoiceField(
        label=gettext_lazy("适用的项目类型"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("一个不选，就是各类都适用。"),
    )
    after = forms.MultipleChoiceField(label=gettext_lazy("前置事项"), required=False, widget=forms.CheckboxSelectMultiple)
    materials = forms.MultipleChoiceField(label=gettext_lazy("材料"), required=False, widget=forms.CheckboxSelectMultiple)
    law = forms.CharField(label=gettext_lazy("法律依据"), required=False, max_length=300)
    result = forms.CharField(label=gettext_lazy("办理结果"), required=False, max_length=300)
    applies = forms.ChoiceField(
        label=gettext_lazy("什么情形要办"),
        widget=forms.RadioSelect,
        choices=[
            (ALWAYS, gettext_lazy("都要办")),
            (ROWWISE, gettext_lazy("符合下面任一组条件才办（同组的条件须同时符合）")),
            (TABLE, gettext_lazy("按决策表（YAML）")),
        ],
    )
    table = forms.CharField(
        label=gettext_lazy("决策表"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text=gettext_lazy("一行一条：if 写条件，then 写 true 或 false；最后一条不带 if。"),
    )

    def __init__(self, *args: Any, content: Mapping[str, Any], definition: Definition, code: str, **kwargs: Any) -> None:
        self.row, self.code, self.definition = content["items"][code], code, definition
        item = definition.items[code]
        simple = _as_rows(self.row.get("when") or [])
        kwargs["initial"] = {
            "department": item.department, "days": item.days, "statutory": item.statutory, "unit": item.unit,
            "classes": list(item.classes), "after": list(item.after), "materials": list(item.materials),
            "law": item.guide.get("law", ""), "result": item.guide.get("result", ""),
            "applies": ALWAYS if not item.when else ROWWISE if simple is not None else TABLE,
            "table": "\n".join(f"- {flow(dict(row))}" for row in item.when),
        }  # fmt: skip
        super().__init__(*args, **kwargs)
        self._choices("department", departments())
        self._choices("classes", [(key, local(one)) for key, one in definition.classes.items()])
        others = [(key, one) for key, one in content["items"].items() if key != code and str(one.get("stage")) <= item.stage]
        self._choices("after", [(key, local(one)) for key, one in others])
        self._choices("materials", [(key, local(one)) for key, one in definition.materials.items()])
        facts = [("", "—"), *((fact, question(definition, fact).title) for fact in definition.facts)]
        shown = (simple or [])[:ROWS]
        groups = [(str(number), _("第 %(n)s 组") % {"n": number}) for number in range(1, GROUPS + 1)]
        for number in range(ROWS):
            group, fact, test, value = shown[number] if number < len(shown) else (1, "", "", "")
            self.fields[f"group{number}"] = forms.ChoiceField(label=_("组"), required=False, choices=groups, initial=str(group))
            self.fields[f"fact{number}"] = forms.ChoiceField(label=_("事实"), required=False, choices=facts, initial=fact)
            self.fields[f"test{number}"] = forms.ChoiceField(label=_("条件"), required=False, choices=TESTS, initial=test)
            self.fields[f"value{number}"] = forms.CharField(label=_("值"), required=False, max_length=200, initial=value)

    def _choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def conditions(self) -> list[tuple[Any, ...]]:
        """The fields of the rows, for the page."""
        return [tuple(self[f"{name}{number}"] for name in ("group", "fact", "test", "value")) for number in range(ROWS)]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        data["when"] = []
        if data.get("applies") == ROWWISE:
            data["when"] = self._rows(data)
        elif data.get("applies") == TABLE:
            data["when"] = self._table(data.get("table", ""))
        return data

    def _table(self, text: str) -> Any:
        try:
            found = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise ValidationError({"table": _("YAML 写法有错：%(error)s") % {"error": getattr(error, "problem", error)}}) from error
        if not isinstance(found, list) or not found:
            raise ValidationError({"table": _("请写成一行一条的列表。")})
        return found

    def _rows(self, data: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The groups as rows of the table, in their order: all conditions of a group hold, any group decides for yes."""
        found: dict[int, dict[str, Any]] = {}
        for number in range(ROWS):
            fact, test, text = (data.get(f"{name}{number}", "") for name in ("fact", "test", "value"))
            if fact and test:
                tests = found.setdefault(int(data.get(f"group{number}") or number + 1), {})
                tests[fact] = self._joined(tests.get(fact), self._test(fact, test, text.strip(), f"value{number}"), number)
        if not found:
            raise ValidationError({"applies": _("请至少写一个条件。")})
        return [*({"if": found[group], "then": True} for group in sorted(found)), {"then": False}]

    def _joined(self, before: Any, test: Any, number: int) -> Any:
        """Two conditions of one group on one fact: from … to; anything else contradicts itself or says a thing twice."""
        if before is None:
            return test
        if isinstance(before, Mapping) and isinstance(test, Mapping) and {*before, *test} == {"min", "max"}:
            return {**before, **test}
        raise ValidationError({f"fact{number}": _("同一组里，一个事实只能写一个条件（数字可以写「不小于」和「不大于」各一个）。")})

    def _test(self, fact: str, test: str, text: str, field: str) -> Any:
        kind = self.definition.facts[fact]
        values = [_parsed(kind, part.strip()) for part in text.replace("，", ",").split(",")] if test == "in" else [_parsed(kind, text)]
        if not text or None in values:
            raise ValidationError({field: _("请填%(kind)s。") % {"kind": _KINDS.get(kind, kind)}})
        if test == "is":
            return values[0]
        return {test: values if test == "in" else values[0]}

    def changes(self) -> list[Change]:
        """What differs from the file."""
        data, base = self.cleaned_data, ("items", self.code)
        found: list[Change] = []
        for name, default in (("department", ""), ("days", None), ("statutory", self.row["days"]), ("unit", "working")):
            if data[name] != (self.row.get(name) or default):
                found.append(((*base, name), data[name]))
        for name in ("classes", "after", "materials", "when"):
            old = self.row.get(name) or []
            if data[name] != old and (name == "when" or sorted(data[name]) != sorted(old)):
                found.append(((*base, name), data[name] or None))
        guide = {**(self.row.get("guide") or {}), **{name: data[name] for name in ("law", "result") if data[name]}}
        for name in ("law", "result"):
            if not data[name]:
                guide.pop(name, None)
        if guide != (self.row.get("guide") or {}):
            found.append(((*base, "guide"), guide or None))
        return found


_KINDS = {
    "boolean": gettext_lazy("是或否"),
    "number": gettext_lazy("数字"),
    "text": gettext_lazy("选项的代码"),
    "list": gettext_lazy("选项的代码"),
}
YES, NO = {"是", "yes", "true"}, {"否", "no", "false"}


def _parsed(kind: str, text: str) -> Any:
    """A value as typed, by the type of its fact; none when it cannot be that."""
    if kind == "boolean":
        return True if text.lower() in YES else False if text.lower() in NO else None
    if kind == "number":
        try:
            number = float(text.replace(",", ""))
        except ValueError:
            return None
        return int(number) if number == int(number) else number
    return text or None


def _as_rows(table: list[Mapping[str, Any]]) -> list[tuple[int, str, str, str]] | None:
    """A table as (group, fact, test, value) where any group decides for yes and all else is no; none when it says more than that, or has
    more than the form has room for."""
    if not table or table[-1].get("if") or table[-1].get("then") is not False or len(table) - 1 > GROUPS:
        return None
    found: list[tuple[int, str, str, str]] = []
    for group, row in enumerate(table[:-1], 1):
        tests = row.get("if") or {}
        if row.get("then") is not True or not tests:
            return None
        for fact, test in tests.items():
            found += [(group, str(fact), *one) for one in _test_words(test)]
    return found if len(found) <= ROWS else None


def _test_words(test: Any) -> list[tuple[str, str]]:
    """A test of the file as (test, value) of the form."""
    if isinstance(test, Mapping):
        return [(str(name), ",".join(map(str, value)) if isinstance(value, list) else str(value)) for name, value in test.items()]
    return [("is", ("是" if test else "否") if isinstance(test, bool) else str(test))]
