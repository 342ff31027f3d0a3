"""Positions in spreadsheets: the sheet that goes to a department, and what comes back, row by row."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from lantu.accounts.models import Department
from lantu.conflicts.models import Batch, ConflictCase, Position
from lantu.conflicts.pack import principles, stances
from lantu.conflicts.services.positions import SPEAKERS, take_position
from lantu.conflicts.services.proposing import recommended
from lantu.conflicts.words import words
from lantu.core import audit
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, LantuError
from lantu.core.files import path_of
from lantu.core.models import StoredFile
from lantu.core.spreadsheets import write_xlsx
from lantu.core.verbs import verb
from lantu.ui import formats

MOST_ROWS = 20_000
NEED = gettext_lazy("导入意见须由被征求部门或规划经办人办理。")


def heads() -> list[str]:
    """Columns of the sheet; number, department, stance, reason, law are read back."""
    return [
        _("编号"), _("等级"), _("类型"), _("区县"), _("面积（公顷）"), _("涉及图层"), _("建议处理"), _("部门"), _("意见"), _("理由"),
        _("法律依据"),
    ]  # fmt: skip


def positions_sheet(batch: Batch, department: str = "") -> bytes:
    """The sheet of a batch for a department (or one row for each asked one), with the positions that there are."""
    named, named_stances, rules = words(), stances(), principles()
    known = {
        (row.case_id, row.department): row
        for row in Position.objects.filter(case__batch=batch, current=True).order_by("round").defer("geometry")
    }
    cases = batch.cases.select_related("finding").defer("finding__geometry", "finding__area_account").order_by("severity", "pk")

    def lines() -> Iterator[list[Any]]:
        for case in cases.iterator(chunk_size=500):
            option = recommended(case, rules)
            for code in [department] if department else case.departments or [""]:
                if department and department not in case.departments:
                    continue
                said = known.get((case.pk, code))
                yield [
                    case.number,
                    case.severity,
                    f"{case.rule} {named.rule(case.rule)}",
                    named.district(case.district),
                    float(formats.hectares(case.area_m2).replace(",", "")),
                    named.plans(case.layers_key),
                    option,
                    named.department(code),
                    named_stances[said.stance].name if said and said.stance in named_stances else "",
                    said.reason if said else "",
                    said.law if said else "",
                ]

    note = _("意见填：%(stances)s。不同意须写理由和法律依据。填好后在问题清单 %(number)s 导入。") % {
        "stances": "、".join(one.name for one in named_stances.values() if one.code != "geometry"),
        "number": batch.number,
    }
    widths = [16, 6, 28, 10, 12, 28, 34, 14, 14, 40, 30]
    return write_xlsx(heads(), lines(), title=batch.number, note=note, formats=[None] * 4 + ["#,##0.0000"], widths=widths)


@dataclass(slots=True)
class Outcome:
    """How an import ended: positions taken, rows that say what was there already, rows without a position, and errors with their row."""

    taken: int = 0
    same: int = 0
    empty: int = 0
    errors: list[tuple[int, str, str]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return {"taken": self.taken, "same": self.same, "empty": self.empty, "errors": [list(one) for one in self.errors]}


@verb("conflicts.import_positions", permission=SPEAKERS, need=NEED, subject="batch")
def import_positions(actor: Actor, batch: Batch, stored: StoredFile, name: str = "") -> Outcome:
    """Take positions from a filled sheet. Good rows are taken, bad ones listed with their row number and why; again is harmless.

    A department's own people enter its rows; a planner may enter those of others, with the file as evidence.
    Raises ``BadInput`` when the file is no such sheet.
    """
    outcome = Outcome()
    names = {stance.name: stance.code for stance in stances().values()} | {code: code for code in stances()}
    departments = {key: row.code for row in Department.objects.all() for key in (row.code, row.name_zh, row.short_zh, row.name_en) if key}
    cases = {case.number: case for case in batch.cases.all()}
    for row, values in _rows(stored):
        number, said = values["number"], values["stance"]
        if not number and not said:
            continue
        if not said:
            outcome.empty += 1
            continue
        try:
            case = cases.get(number)
            if case is None:
                raise BadInput(_("问题清单 %(batch)s 里没有「%(number)s」。") % {"batch": batch.number, "number": number or "—"})
            if said not in names:
                raise BadInput(_("意见「%(said)s」不在可选之列。") % {"said": said}, how=_("可选：%(all)s。") % {"all": "、".join(names)})
            code = departments.get(values["department"]) if values["department"] else actor.department
            if not code:
                raise BadInput(_("没有部门「%(name)s」。") % {"name": values["department"] or "—"})
            if _is_same(case, code, names[said], values):
                outcome.same += 1
                continue
            with transaction.atomic():
                take_position(
                    actor, case, names[said], values["reason"], values["law"], department=code, file=stored, file_name=name or batch.number
                )
            outcome.taken += 1
        except LantuError as error:
            outcome.errors.append((row, number, str(error)))
    audit.remark(batch=batch.number, file=stored.sha256, taken=outcome.taken, errors=len(outcome.errors))
    return outcome


def _is_same(case: ConflictCase, department: str, stance: str, values: dict[str, str]) -> bool:
    now = Position.objects.filter(case=case, department=department, round=case.round, current=True).first()
    return now is not None and (now.stance, now.reason, now.law) == (stance, values["reason"], values["law"])


def _rows(stored: StoredFile) -> Iterator[tuple[int, dict[str, str]]]:
    """(row number as the spreadsheet shows it, values by name) under the head line."""
    try:
        book = load_workbook(io.BytesIO(path_of(stored).read_bytes()), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        lines = [
            ["" if cell is None else str(cell).strip() for cell in row] for row in sheet.iter_rows(values_only=True, max_row=MOST_ROWS)
        ]
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise BadInput(_("文件不是 .xlsx 表格。"), where=type(error).__name__, how=_("请用导出的意见表填写后再导入。")) from None
    wanted = {"number": _("编号"), "department": _("部门"), "stance": _("意见"), "reason": _("理由"), "law": _("法律依据")}
    head = next((place for place, line in enumerate(lines[:10]) if wanted["number"] in line and wanted["stance"] in line), None)
    if head is None:
        raise BadInput(_("表里没有「编号」和「意见」两列。"), how=_("请用导出的意见表填写后再导入。"))
    columns = {name: lines[head].index(title) if title in lines[head] else None for name, title in wanted.items()}
    for place, line in enumerate(lines[head + 1 :], start=head + 2):
        yield place, {name: line[column] if column is not None and column < len(line) else "" for name, column in columns.items()}
