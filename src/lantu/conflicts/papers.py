"""Official papers: the issue list (问题清单) of a batch, and the list of cases that a submission brings to the government."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from itertools import groupby

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.conflicts.models import Batch, ConflictCase, Proposal, Submission
from lantu.conflicts.pack import chain, principles
from lantu.conflicts.selectors.balance import balance_sheet
from lantu.conflicts.services.approving import coordination
from lantu.conflicts.services.proposing import recommended
from lantu.conflicts.words import words
from lantu.documents.docx import OfficialDocument
from lantu.standards import selectors as standards
from lantu.ui import formats, marks

MOST_ROWS = 3000
"""Rows that a paper holds; the spreadsheet holds them all."""
WIDTHS_MM = (26, 14, 40, 18, 22, 40, 44, 40)


def batch_docx(batch: Batch) -> bytes:
    """The issue list for the departments, by leading department."""
    title = _("%(city)s多规合一问题清单（%(number)s）") % {"city": standards.pack().name_zh, "number": batch.number}
    paper = OfficialDocument(title, demo=batch.demo, landscape=True)
    cases = _ordered(batch.cases.all())
    count, area = batch.cases.count(), sum(batch.cases.values_list("area_m2", flat=True), Decimal(0))
    paper.paragraph(
        _("%(title)s，共 %(n)s 件，%(ha)s 公顷（椭球面积）。请于 %(day)s 前逐件答复意见，写明理由和依据。")
        % {"title": batch.title, "n": count, "ha": formats.hectares(area), "day": batch.deadline}
    )
    if batch.question:
        paper.paragraph(batch.question)
    _cut(paper, count)
    heads = [_("编号"), _("等级"), _("类型"), _("区县"), _("面积（公顷）"), _("涉及图层"), _("建议处理"), _("答复意见")]
    rules = principles()
    _tables(paper, cases, heads, lambda case: [recommended(case, rules), ""])
    paper.signature(chain()[0].name, _today())
    return paper.save()


def submission_docx(submission: Submission) -> bytes:
    """The list of proposals with the balance sheet, for deliberation and approval."""
    title = _("%(city)s多规合一冲突协调处理意见（%(number)s）") % {"city": standards.pack().name_zh, "number": submission.number}
    paper = OfficialDocument(title, number=submission.document_no, demo=submission.demo, landscape=True)
    rows = submission.cases.all()
    count = rows.count()
    paper.paragraph(_("%(title)s，共 %(n)s 件。经部门协调组协调，提出处理意见如下，请审定。") % {"title": submission.title, "n": count})
    sheet = balance_sheet(rows)
    for name, cell in zip(sheet.layers, sheet.total.cells, strict=True):
        figures = {
            "layer": name,
            "gain": formats.hectares(cell.gain),
            "loss": formats.hectares(-cell.loss),
            "net": formats.hectares(cell.net),
        }
        paper.paragraph(_("%(layer)s：建设用地增 %(gain)s 公顷，减 %(loss)s 公顷，净 %(net)s 公顷。") % figures)
    if sheet.total.farmland:
        paper.paragraph(_("永久基本农田调出 %(ha)s 公顷，须补划。") % {"ha": formats.hectares(-sheet.total.farmland)})
    _cut(paper, count)
    proposals = {row.case_id: row for row in Proposal.objects.filter(case__in=rows, current=True).defer("geometry")}
    heads = [_("编号"), _("等级"), _("类型"), _("区县"), _("面积（公顷）"), _("涉及图层"), _("处理意见"), _("理由")]

    def said(case: ConflictCase) -> list[str]:
        proposal = proposals.get(case.pk)
        return [proposal.title, proposal.reason] if proposal else ["", ""]

    _tables(paper, _ordered(rows), heads, said)
    paper.signature(coordination().name, _today())
    return paper.save()


def _ordered(rows: QuerySet[ConflictCase]) -> list[ConflictCase]:
    found = rows.select_related("finding").defer("finding__geometry", "finding__area_account")
    return list(found.order_by("departments_key", "severity", "pk")[:MOST_ROWS])


def _tables(paper: OfficialDocument, cases: list[ConflictCase], heads: list[str], said: Callable[[ConflictCase], list[str]]) -> None:
    named = words()
    if not cases:
        paper.paragraph(_("没有案件。"))
    for department, group in groupby(cases, key=lambda case: case.departments[0] if case.departments else ""):
        paper.heading(named.department(department) or _("未定部门"))
        rows = []
        total = Decimal(0)
        members = list(group)
        for case in members:
            total += case.area_m2
            severity = f"{case.severity} {marks.SEVERITIES[case.severity]}"
            front = [case.number, severity, f"{case.rule} {named.rule(case.rule)}", named.district(case.district)]
            rows.append([*front, formats.hectares(case.area_m2), named.plans(case.layers_key), *said(case)])
        rows.append(["", "", _("合计：%(n)s 件") % {"n": len(members)}, "", formats.hectares(total), "", "", ""])
        paper.table(heads, rows, widths_mm=WIDTHS_MM, numeric=(4,))


def _cut(paper: OfficialDocument, count: int) -> None:
    if count > MOST_ROWS:
        paper.paragraph(_("共 %(n)s 件，列出前 %(limit)s 件；全部见电子表格。") % {"n": count, "limit": MOST_ROWS})


def _today() -> str:
    day = timezone.localdate()
    return _("%(y)s年%(m)s月%(d)s日") % {"y": day.year, "m": day.month, "d": day.day}
