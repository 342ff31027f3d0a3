"""Papers of the room: the annual programme as an official .docx."""

from __future__ import annotations

from django.utils.translation import gettext as _

from lantu.documents.docx import OfficialDocument
from lantu.projects.models import Programme, ProgrammeEntry
from lantu.projects.selectors.balance import balance
from lantu.standards import selectors
from lantu.ui import formats


def programme_docx(programme: Programme) -> bytes:
    """The programme with its balance and projects (GB/T 9704 form)."""
    city = selectors.pack().name_zh
    title = _("%(city)s%(year)s年度空间规划实施计划") % {"city": city, "year": programme.year}
    paper = OfficialDocument(title, number=programme.document_no, demo=programme.demo, landscape=True)
    if programme.adjusts:
        paper.paragraph(_("本计划为第 %(n)s 版，调整原因：%(why)s。") % {"n": programme.version, "why": programme.reason})
    paper.heading(_("一、年度平衡"))
    paper.table(
        [_("指标"), _("额度"), _("申报"), _("列入"), _("结余")],
        [
            [line.label, *(formats.number(value, 2) for value in (line.quota, line.proposed, line.included, line.left))]
            for line in balance(programme)
        ],
        numeric=[1, 2, 3, 4],
    )
    paper.heading(_("二、列入项目"))
    rows = programme.entries.filter(state=ProgrammeEntry.State.INCLUDED).select_related("project", "department")
    paper.table(
        [
            _("序号"),
            _("项目"),
            _("项目代码"),
            _("申报部门"),
            _("建设用地（公顷）"),
            _("占用耕地（公顷）"),
            _("年度投资（万元）"),
            _("季度"),
        ],
        [
            [
                number,
                row.project.name,
                row.project.code,
                row.department,
                formats.hectares(row.land),
                formats.hectares(row.farmland),
                formats.number(row.funds, 2),
                f"{row.first_quarter}—{row.last_quarter}",
            ]
            for number, row in enumerate(rows, start=1)
        ],
        numeric=[0, 4, 5, 6],
    )
    return paper.save()
