"""Projects in from a spreadsheet: every row is entered or named with its reason; the same rows again change nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from lantu.accounts.models import Department, Region
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, LantuError
from lantu.core.spreadsheets import write_xlsx
from lantu.projects.models import Project
from lantu.projects.services.library import AMOUNTS, DICTIONARIES, FACTS, enter_project, field_labels
from lantu.standards import selectors

MOST_ROWS = 20_000
_DAYS = ("planned_from", "planned_to")


@dataclass
class Outcome:
    """What came of a file: projects entered now, known before, and rows refused with row number, field and reason."""

    entered: list[Project] = field(default_factory=list)
    known: list[Project] = field(default_factory=list)
    refused: list[tuple[int, str, str]] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return len(self.entered) + len(self.known) + len(self.refused)


def heads() -> list[str]:
    """The column heads in the order of the template."""
    labels = field_labels()
    return [labels[name] for name in FACTS]


def template() -> bytes:
    """An empty sheet with the heads and a row of what may stand in each column."""
    hints = [
        "、".join(f"{code} {item.name_zh}" for code, item in selectors.dictionary(DICTIONARIES[name]).items())[:200]
        if name in DICTIONARIES
        else ""
        for name in FACTS
    ]
    return write_xlsx(heads(), [hints], title=_("项目入库模板"), widths=[18] * len(FACTS))


def import_projects(actor: Actor, stream: BinaryIO, *, today: date) -> Outcome:
    """Enter the projects of an .xlsx file row by row. Raises ``BadInput`` for a file that is none, or lacks columns."""
    outcome = Outcome()
    for number, row in _rows(stream):
        try:
            facts = _facts(row)
            key = f"{facts.get('source', '')}:{facts['source_reference']}" if facts.get("source_reference") else f"name:{facts['name']}"
            before = Project.objects.filter(entry_key=key).first()
            project = before or enter_project(actor, key=key, on=today, **facts)
        except LantuError as error:
            outcome.refused.append((number, str(error.where), str(error)))
        else:
            (outcome.known if before else outcome.entered).append(project)
    return outcome


def _rows(stream: BinaryIO) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        sheet = load_workbook(stream, read_only=True, data_only=True).worksheets[0]
    except (InvalidFileException, KeyError, OSError, ValueError, EOFError) as error:
        raise BadInput(_("这不是能读的 .xlsx 文件。"), where=str(error)[:200], how=_("请用模板填写后另存为 .xlsx。")) from None
    except Exception as error:  # noqa: BLE001  (zipfile.BadZipFile and what damaged parts raise inside openpyxl)
        raise BadInput(_("文件已损坏，读不出来。"), where=f"{type(error).__name__}", how=_("请重新导出再传。")) from None
    found = sheet.iter_rows(values_only=True)
    labels = {label: name for name, label in field_labels().items() if name in FACTS}
    titles = [labels.get(str(value or "").strip(), "") for value in next(found, ())]
    if missing := [
        label for label, name in labels.items() if name in ("name", "kind", "industry", "region", "department") and name not in titles
    ]:
        raise BadInput(_("缺少这些列：%(names)s。") % {"names": "、".join(missing)}, how=_("请下载模板对照。"))
    for number, values in enumerate(found, start=2):
        if number > MOST_ROWS + 1:
            raise BadInput(_("超过 %(n)s 行的上限。") % {"n": MOST_ROWS}, how=_("请分几个文件导入。"))
        if any(value not in (None, "") for value in values):
            yield number, {title: value for title, value in zip(titles, values, strict=False) if title}


def _facts(row: dict[str, Any]) -> dict[str, Any]:
    labels = field_labels()
    facts: dict[str, Any] = {}
    for name, value in row.items():
        text = "" if value is None else str(value).strip()
        if name in AMOUNTS:
            facts[name] = _amount(text, labels[name])
        elif name in _DAYS:
            facts[name] = _day(value, labels[name])
        elif name == "department":
            facts[name] = _found(Department.objects.filter(valid_to=None), text, labels[name])
        elif name == "region":
            facts[name] = _found(Region.objects.filter(valid_to=None), text, labels[name])
        elif name in DICTIONARIES:
            facts[name] = _code(text, DICTIONARIES[name])
        else:
            facts[name] = text
    return facts


def _code(text: str, dictionary: str) -> str:
    """A code, or the word for it; anything else stays as it is and is refused by the verb with its field."""
    known = selectors.dictionary(dictionary)
    if text in known:
        return text
    first = text.split(" ", maxsplit=1)[0]
    return first if first in known else next((code for code, item in known.items() if text in (item.name_zh, item.name_en)), text)


def _found(rows: Any, text: str, label: str) -> Any:
    for condition in (
        ({"code": text}, {"name_zh": text}, {"short_zh": text}) if rows.model is Department else ({"code": text}, {"name_zh": text})
    ):
        if text and (found := rows.filter(**condition).first()):
            return found
    raise BadInput(_("没有「%(text)s」。") % {"text": text}, where=label, how=_("请填代码或全称。"))


def _amount(text: str, label: str) -> Decimal | None:
    if not text:
        return None
    try:
        return Decimal(text.replace(",", "").replace("，", "")).quantize(Decimal("0.01"))
    except InvalidOperation:
        raise BadInput(_("「%(text)s」不是数。") % {"text": text}, where=label, how=_("请只填数字。")) from None


def _day(value: Any, label: str) -> date | None:
    if value in (None, ""):
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value).strip().replace("/", "-").replace(".", "-"))
    except ValueError:
        raise BadInput(_("「%(text)s」不是日期。") % {"text": value}, where=label, how=_("请填如 2018-10-16。")) from None
