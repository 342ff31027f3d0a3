"""Plans without geometry: target figures and projects, from a table, tied to layers and places."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from openpyxl import load_workbook

from lantu.accounts.models import Region
from lantu.core import files
from lantu.core.actor import Actor
from lantu.core.audit import remark
from lantu.core.errors import BadInput
from lantu.core.events import emit
from lantu.core.verbs import verb
from lantu.plans.models import Delivery, DeliveryFile, PlanDataset, PlanProject, PlanRelease, PlanTarget
from lantu.plans.permissions import NEED_PLANNER, may_bring
from lantu.standards import selectors

TARGET_HEADS = {"指标": "name", "单位": "unit", "属性": "binding", "基期年": "base_year", "基期值": "base_value"}
TARGET_HEADS |= {"目标年": "target_year", "目标值": "target_value", "对应图层": "layer_code"}
PROJECT_HEADS = {"项目编号": "code", "项目名称": "name", "行业": "sector", "投资（万元）": "investment_wan", "年限": "years"}
PROJECT_HEADS |= {"所在区划": "region_code", "对应图层": "layer_code"}
_NUMBERS = {"base_year": int, "target_year": int, "base_value": float, "target_value": float, "investment_wan": float}
Row = tuple[int, dict[str, Any]]


@verb("plans.release_table", permission=may_bring, need=NEED_PLANNER)
def release_table(actor: Actor, dataset: PlanDataset, name: str, data: bytes) -> PlanRelease:
    """Release a table of targets or projects (.xlsx or .csv, told apart by their heads).

    Every bad cell is named with its row; nothing is kept unless all rows are good. Raises ``BadInput`` with ``values["problems"]``.
    """
    heads, rows = read_table(data)
    kind = PROJECT_HEADS if "项目名称" in heads else TARGET_HEADS if "指标" in heads else None
    if kind is None:
        raise BadInput(_("表头里没有「指标」或「项目名称」一列。"), where=name, how=_("请按模板的表头填写。"))
    values, problems = _values(rows, kind)
    if problems or not values:
        raise BadInput(
            _("表里有 %(n)s 处问题，没有入库。") % {"n": len(problems)} if problems else _("表里没有数据行。"),
            where="\n".join(problems[:30]),
            how=_("请逐处改正后重新上传。"),
            problems=problems,
        )
    delivery = Delivery.objects.create(
        dataset=dataset,
        number=dataset.deliveries.count() + 1,
        state=Delivery.State.RELEASED,
        account={"source": len(values), "in": len(values), "pending": 0, "rejected": 0},
        uploaded_by_id=actor.user_id,
        uploaded_by_name=actor.name,
    )
    DeliveryFile.objects.create(delivery=delivery, stored=files.store(io.BytesIO(data)), name=name[:255])
    release = _release(actor, dataset, delivery, values)
    if kind is PROJECT_HEADS:
        PlanProject.objects.bulk_create([PlanProject(release=release, row=row, **fields) for row, fields in values])
    else:
        PlanTarget.objects.bulk_create([PlanTarget(release=release, row=row, **fields) for row, fields in values])
    remark(rows=len(values), digest=release.digest)
    emit(actor, "plans.released", release, layer=release.layer_code, digest=release.digest)
    return release


def _release(actor: Actor, dataset: PlanDataset, delivery: Delivery, values: list[Row]) -> PlanRelease:
    older = PlanRelease.objects.filter(dataset=dataset, state=PlanRelease.State.RELEASED)
    number = PlanRelease.objects.filter(dataset=dataset).count() + 1
    older.update(state=PlanRelease.State.SUPERSEDED)
    digest = hashlib.sha256(json.dumps([dataset.layer_code, values], ensure_ascii=False, sort_keys=True).encode()).hexdigest()
    return PlanRelease.objects.create(
        dataset=dataset,
        delivery=delivery,
        number=number,
        state=PlanRelease.State.RELEASED,
        layer_code=dataset.layer_code,
        pack=selectors.pack(),
        scale=dataset.scale,
        document_no=dataset.document_no,
        document_date=dataset.document_date,
        valid_from=dataset.valid_from or timezone.localdate(),
        demo=dataset.demo,
        digest=digest,
        released_by_id=actor.user_id,
        released_by_name=actor.name,
        released_at=timezone.now(),
    )


def read_table(data: bytes) -> tuple[list[str], list[Row]]:
    """Heads and rows (number as in the sheet, values by head) of the first sheet of an .xlsx, or of a .csv in UTF-8 or GB18030."""
    if data.startswith(b"PK\x03\x04"):
        try:
            sheet = load_workbook(io.BytesIO(data), read_only=True, data_only=True).worksheets[0]
            table = [list(row) for row in sheet.iter_rows(values_only=True)]
        except Exception as error:  # openpyxl raises many kinds for a broken archive
            raise BadInput(_("Excel 文件读不出来：%(reason)s。") % {"reason": error}, how=_("请重新另存为 .xlsx 后再传。")) from error
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("gb18030", errors="replace")
        table = [list(row) for row in csv.reader(io.StringIO(text))]
    while table and not any(str(cell or "").strip() for cell in table[0]):
        table.pop(0)
    heads = [str(cell or "").strip() for cell in table[0]] if table else []
    rows = [(number, dict(zip(heads, row, strict=False))) for number, row in enumerate(table[1:], start=2)]
    return heads, [(number, row) for number, row in rows if any(str(cell or "").strip() for cell in row.values())]


def _values(rows: list[Row], heads: dict[str, str]) -> tuple[list[Row], list[str]]:
    layers = set(selectors.catalogue().layers)
    regions = set(Region.objects.values_list("code", flat=True))
    result: list[Row] = []
    problems: list[str] = []
    for number, row in rows:
        fields: dict[str, Any] = {"attributes": {}}
        for head, cell in row.items():
            text = str(cell if cell is not None else "").strip()
            key = heads.get(head)
            if key is None:
                if head and text:
                    fields["attributes"][head] = text
            elif key in _NUMBERS:
                try:
                    fields[key] = _NUMBERS[key](float(text)) if text else None
                except ValueError:
                    problems.append(str(_("第 %(row)s 行「%(head)s」：%(text)s 不是数字") % {"row": number, "head": head, "text": text}))
            elif key == "binding":
                fields[key] = text == "约束性"
            else:
                fields[key] = text
        if not fields.get("name"):
            problems.append(str(_("第 %(row)s 行没有名称") % {"row": number}))
        if fields.get("layer_code") and fields["layer_code"] not in layers:
            problems.append(str(_("第 %(row)s 行：图层目录里没有 %(code)s") % {"row": number, "code": fields["layer_code"]}))
        if fields.get("region_code") and fields["region_code"] not in regions:
            problems.append(str(_("第 %(row)s 行：没有区划 %(code)s") % {"row": number, "code": fields["region_code"]}))
        result.append((number, fields))
    return result, problems
