"""``lantu blueprint decide | decisions | undecide | balance | amendments``."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click
from django.utils.translation import gettext as _

from lantu.core.actor import system
from lantu.core.errors import NotFound


@click.command("decide")
@click.argument("title")
@click.option("--finding", type=int, help="图斑的键 / key of a finding")
@click.option("--outline", type=click.Path(path_type=Path, exists=True), help="范围文件 / file with the ground")
@click.option("--class", "classes", multiple=True, metavar="LAYER=CODE", help="图层改为什么用地 / class that holds, empty = none")
@click.option("--accept", "accepts", multiple=True, metavar="RULE", help="保留命中的规则 / rule whose hits stand")
@click.option("--condition", default="", help="条件 / condition")
@click.option("--document-no", required=True, help="批复文号 / document number")
@click.option("--document-date", required=True, type=click.DateTime(["%Y-%m-%d"]), help="批复日期 / document date")
@click.option("--case", default="", help="案件号 / case number")
def decide(
    *,
    title: str,
    finding: int | None,
    outline: Path | None,
    classes: tuple[str, ...],
    accepts: tuple[str, ...],
    condition: str,
    document_no: str,
    document_date: datetime,
    case: str,
) -> None:
    """登记协调结果。 / Record an approved decision on the map."""
    from lantu.blueprints.models import Finding, Override
    from lantu.blueprints.outline_files import read_outline
    from lantu.blueprints.services import CaseRef, record_override

    row = Finding.objects.filter(pk=finding).first() if finding else None
    if row is None and outline is None:
        raise NotFound(_("没有范围。"), how="--finding, --outline")
    said = dict(one.partition("=")[::2] for one in classes)
    if outline is not None:
        with outline.open("rb") as stream:
            geometry, origin = read_outline(outline.name, stream), Override.Origin.UPLOADED
    else:
        geometry, origin = row.geometry, Override.Origin.FINDING  # type: ignore[union-attr]
    named = [source["layer"] for source in row.sources] if row else []
    override = record_override(
        system("lantu blueprint decide", "cli"),
        title=title,
        layers=sorted({*said, *named}),
        outcome={"classes": said, "accepts": list(accepts), "condition": condition},
        geometry=geometry,
        document_no=document_no,
        document_date=document_date.date(),
        case=CaseRef(label=case, identity=row.identity if row else ""),
        origin=origin,
    )
    click.echo(f"{override.number}  {float(override.area_m2) / 1e4:,.4f} ha  {override.digest}")


@click.command("decisions")
def decisions() -> None:
    """列出协调结果。 / List the decisions."""
    from lantu.blueprints.models import Override
    from lantu.blueprints.selectors.decisions import outcome_words

    for row in Override.objects.defer("units", "geometry").order_by("pk"):
        click.echo(f"{row.number}  {row.get_state_display()}  {row.title}  {row.document_no}  {'；'.join(outcome_words(row))}")


@click.command("undecide")
@click.argument("number")
@click.option("--reason", required=True)
def undecide(number: str, reason: str) -> None:
    """撤销协调结果。 / Withdraw a decision."""
    from lantu.blueprints.models import Override
    from lantu.blueprints.services import withdraw_override

    row = Override.objects.filter(number=number).first()
    if row is None:
        raise NotFound(_("没有协调结果 %(number)s。") % {"number": number}, how="lantu blueprint decisions")
    withdraw_override(system("lantu blueprint undecide", "cli"), row, reason)
    click.echo(f"{row.number}  {row.get_state_display()}")


@click.command("balance")
@click.option("--document", default="", help="批复文号 / document number")
def balance_sheet(document: str) -> None:
    """增减平衡表。 / Balance sheet of the active decisions."""
    from lantu.blueprints.models import Override
    from lantu.blueprints.selectors.balance import balance

    rows = Override.objects.filter(state=Override.State.ACTIVE).order_by("pk")
    sheet = balance(rows.filter(document_no=document) if document else rows)
    for line in sheet.lines:
        click.echo(f"{line.change}\t{line.layer}\t{line.before or '—'}\t{line.after or '—'}\t{line.area_m2:,.2f}")
    for one in sheet.sums:
        click.echo(f"{one.layer}\t+{one.added_m2:,.2f}\t-{one.withdrawn_m2:,.2f}\t= {one.net_m2:,.2f} m²")


@click.command("amendments")
@click.option("--overdue", is_flag=True, help="只列超期的 / overdue ones only")
def amendments(overdue: bool) -> None:
    """列出要修改的规划。 / List the plans to be amended."""
    from lantu.blueprints.models import Amendment

    rows = Amendment.objects.filter(Amendment.late()) if overdue else Amendment.objects.all()
    for row in rows.select_related("override").defer("override__units", "override__geometry"):
        click.echo(f"{row.due}  {row.layer_code}  {row.department}  {row.get_state_display()}  {row.override.number}  {row.text}")


commands = [decide, decisions, undecide, balance_sheet, amendments]
