"""Lists of the certificates room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lantu.certificates.models import ArchivePackage, Certificate, CertificateState
from lantu.certificates.types import register
from lantu.ui import marks
from lantu.ui.filters import Choice, Range, Search
from lantu.ui.tables import BulkAct, Column, Table

STATE_TAG = {"00": "info", "01": "ok", "02": "warn", "05": "line", "0X": "line"}


def state_tag(certificate: Certificate) -> Any:
    """The state today."""
    state = certificate.state_on()
    return marks.tag(state.label, STATE_TAG.get(state.value, "err"))


def certificates(rows: QuerySet[Certificate], *, may_issue: bool, key: str = "certificates", empty: Any = None) -> Table:
    types = [(code, one.name) for code, one in register().types.items()]
    return Table(
        key=key,
        title=_("证照"),
        rows=rows,
        columns=(
            Column("number", _("证号"), kind="code", sort="number", link=lambda row: row.get_absolute_url()),
            Column("title", _("证照名称"), sort="title"),
            Column("holder_name", _("持证单位"), sort="holder_name"),
            Column("project", _("项目"), lambda row: row.data.get("project", ""), minor=True),
            Column("state", _("今日状态"), lambda row: row.state_on().label, sort="state", render=state_tag),
            Column("issue_version", _("版本"), kind="number", minor=True),
            Column("valid_to", _("有效期止"), kind="day", sort="valid_to", minor=True),
            Column("issued_at", _("发证时间"), kind="moment", sort="issued_at"),
            Column("issuer_name", _("发证机关"), sort="issuer_name", minor=True),
        ),
        filters=(
            Search(_("证号、单位、标识、项目代码"), ["number", "holder_name", "identifier", "project_code"]),
            Choice("type", _("类型"), types),
            Choice("state", _("登记状态"), CertificateState.choices),
            Range("issued_at", _("发证时间"), days=True),
        ),
        sort="-issued_at",
        empty=empty or _("还没有证照。审批办结后在这里发证，也可以直接核发。"),
        empty_url=reverse("certificates:new") if may_issue else "",
        empty_label=_("核发证照"),
    )


def waiting(rows: QuerySet[Certificate], acts: Sequence[BulkAct]) -> Table:
    types = [(code, one.name) for code, one in register().types.items()]
    return Table(
        key="waiting",
        title=_("待制证"),
        rows=rows.select_related("predecessor"),
        columns=(
            Column("number", _("证号"), kind="code", sort="number", link=lambda row: row.get_absolute_url()),
            Column("title", _("证照名称"), sort="title"),
            Column("holder_name", _("持证单位"), sort="holder_name"),
            Column("issue_version", _("版本"), kind="number", minor=True),
            Column("subject_title", _("案卷"), sort="subject_title", minor=True),
            Column("prepared_by_name", _("经办人"), sort="prepared_by_name", minor=True),
            Column("prepared_at", _("取号时间"), kind="moment", sort="prepared_at"),
        ),
        filters=(
            Search(_("证号、单位、案卷"), ["number", "holder_name", "subject_title"]),
            Choice("type", _("类型"), types),
            Range("prepared_at", _("取号时间"), days=True),
        ),
        sort="prepared_at",
        empty=_("没有等待用印的证照。取号后还没有制证、用印的，以及用印失败的，会列在这里。"),
        bulk=acts,
        bulk_note=_("同批证照全部成功才发出；有一件不成，一件都不发，编号保留。"),
    )


def packages(rows: QuerySet[ArchivePackage]) -> Table:
    return Table(
        key="packages",
        title=_("归档包"),
        rows=rows,
        columns=(
            Column("number", _("档号"), kind="code", sort="number", link=lambda row: row.get_absolute_url()),
            Column("title", _("题名"), sort="title"),
            Column("edition", _("版次"), kind="number", minor=True),
            Column("item_count", _("件数"), kind="number", sort="item_count"),
            Column("retain_until", _("保管期限"), lambda row: row.retain_until or _("永久"), sort="retain_until", minor=True),
            Column("state", _("状态"), lambda row: row.get_state_display(), sort="state"),
            Column("hold", _("冻结"), kind="yes", sort="hold"),
            Column("sealed_at", _("封存时间"), kind="moment", sort="sealed_at"),
        ),
        filters=(
            Search(_("档号、题名"), ["number", "title"]),
            Choice("state", _("状态"), ArchivePackage.State.choices),
            Range("sealed_at", _("封存时间"), days=True),
        ),
        sort="-sealed_at",
        empty=_("还没有归档。打开一份证照，在「归档」里封存它的案卷。"),
        empty_url=reverse("certificates:certificates"),
        empty_label=_("去证照"),
    )
