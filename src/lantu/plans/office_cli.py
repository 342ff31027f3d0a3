"""``lantu plans collect|codes|mend``: collection rounds, source codes, mending by rule, from the command line."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click
from django.utils.translation import gettext as _

from lantu.core.errors import BadInput, NotFound

_AS = click.option("--as", "username", default="", help="用户名 / act as this person")


@click.group("collect")
def collect() -> None:
    """规划汇交。 / Collection rounds."""


@collect.command("list")
@click.option("--round", "round_id", type=int, help="只列这次汇交的任务 / requests of this round")
def list_command(round_id: int | None) -> None:
    """列出各次汇交，或一次汇交的任务。 / List rounds, or the requests of one."""
    from lantu.plans.cli import _rows
    from lantu.plans.models import CollectionRequest, CollectionRound
    from lantu.plans.services.collecting import counts_of

    if round_id is None:
        rows: list[list[Any]] = []
        for one in CollectionRound.objects.all():
            counts = counts_of(one.requests.all())
            rows.append([one.pk, one.title, one.due, one.get_state_display(), counts["accepted"], sum(counts.values())])
        _rows("汇交 / rounds", ["", "名称 title", "截止 due", "状态 state", "已接收 received", "任务 requests"], rows)
        return
    found = CollectionRequest.objects.filter(round_id=round_id).select_related("department")
    rows = [
        [one.pk, one.department.code, one.layer_code, one.due, one.get_state_display(), one.reminders, one.submissions.count()]
        for one in found
    ]
    heads = ["", "部门 department", "图层 layer", "截止 due", "状态 state", "催办 reminders", "次 handed in"]
    _rows("汇交任务 / requests", heads, rows)


@collect.command("open")
@click.argument("title")
@click.argument("layers", nargs=-1, required=True, metavar="DEPARTMENT:LAYER…")
@click.option("--due", type=click.DateTime(["%Y-%m-%d"]), required=True, help="截止日 / due day")
@click.option("--note", default="", help="要求 / what is asked")
@_AS
def open_command(title: str, layers: tuple[str, ...], due: datetime, note: str, username: str) -> None:
    """发起汇交。 / Ask departments for layers by a day."""
    from lantu.plans.cli import _acting
    from lantu.plans.services import collecting

    wanted = [collecting.wanted(text) for text in layers]
    made = collecting.open_round(_acting(username, "planner", "collect open"), title, due.date(), wanted, note=note)
    click.echo(f"{made.pk} {made.title}")


@collect.command("submit")
@click.argument("request", type=int)
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--note", default="", help="说明 / note")
@_AS
def submit_command(request: int, paths: tuple[Path, ...], note: str, username: str) -> None:
    """汇交文件；给出回执号，随即质检。 / Hand files in; gives the receipt, then checks them."""
    from contextlib import ExitStack

    from lantu.plans.cli import _acting
    from lantu.plans.models import CollectionRequest
    from lantu.plans.services import collecting

    found = CollectionRequest.objects.select_related("department").filter(pk=request).first()
    if found is None:
        raise NotFound(_("没有第 %(id)s 号汇交任务，或它不是本部门的。") % {"id": request}, how="lantu plans collect list --round N")
    actor = _acting(username, "reviewer", "collect submit")
    with ExitStack() as stack:
        streams: Any = [(path.name, stack.enter_context(path.open("rb"))) for path in paths]
        done = collecting.submit(actor, found, streams, note)
    click.echo(done.receipt_no)
    done = collecting.check_submission(actor, done)
    click.echo(done.problem or f"{done.delivery} {done.delivery.score if done.delivery else ''}")


@collect.command("decide")
@click.argument("receipt")
@click.option("--accept/--return", default=True, help="接收或退回 / receive or return")
@click.option("--reasons", default="", help="退回理由 / why it is returned")
@_AS
def decide_command(receipt: str, accept: bool, reasons: str, username: str) -> None:
    """按回执号接收或退回。 / Receive or return what was handed in."""
    from lantu.plans.cli import _acting
    from lantu.plans.models import CollectionSubmission
    from lantu.plans.services import collecting

    found = CollectionSubmission.objects.select_related("request").filter(receipt_no=receipt).first()
    if found is None:
        raise NotFound(_("没有回执 %(no)s。") % {"no": receipt}, how="lantu plans collect list")
    done = collecting.decide(_acting(username, "planner", "collect decide"), found, accept=accept, reasons=reasons)
    click.echo(f"{done.receipt_no} {done.get_verdict_display()}")


@collect.command("close")
@click.argument("round_id", type=int)
@_AS
def close_command(round_id: int, username: str) -> None:
    """结束一次汇交。 / End a round."""
    from lantu.plans.cli import _acting
    from lantu.plans.models import CollectionRound
    from lantu.plans.services import collecting

    found = CollectionRound.objects.filter(pk=round_id).first()
    if found is None:
        raise NotFound(_("没有第 %(id)s 号汇交。") % {"id": round_id}, how="lantu plans collect list")
    collecting.close_round(_acting(username, "planner", "collect close"), found)


@click.command("codes")
@click.argument("delivery", type=int)
@click.option("--name-field", default="", help="来源里的类名字段 / field with the names of classes")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="导出 Excel / write the table to fill in")
@click.option("--in", "filled", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="导入填好的表 / take a filled table")
@click.option("--code", "pairs", multiple=True, metavar="VALUE=CODE", help="归类，? 未归类，- 不入库 / decide")
@click.option("--version", default="", help="来源版本 / version the crosswalk is kept as")
@_AS
def codes(delivery: int, name_field: str, out: Path | None, filled: Path | None, username: str, **given: Any) -> None:
    """一次入库的代码对照：看、导出、导入、归类。 / Source codes of a delivery: show, export, import, decide."""
    from lantu.plans.cli import _acting, _delivery, _pairs, _rows
    from lantu.plans.services import crosswalks

    found = _delivery(delivery)
    targets = (crosswalks.read_xlsx(filled.read_bytes()) if filled else {}) | _pairs(given["pairs"])
    if targets:
        actor = _acting(username, "planner", "codes")
        found = crosswalks.decide(actor, found, targets, version=given["version"], name_field=name_field)
    rows = crosswalks.workbench(found, name_field)
    if out is not None:
        out.write_bytes(crosswalks.as_xlsx(rows, str(_("代码对照"))))
        click.echo(out)
        return
    shown = [[row.value, row.name, row.count, row.target, row.words or "；".join(one.code for one in row.candidates)] for row in rows]
    _rows("代码对照 / codes", ["来源值 value", "名称 name", "图斑 features", "归入 target", "含义或建议 meaning"], shown)


@click.command("mend")
@click.argument("delivery", type=int)
@click.argument("rule", default="")
@click.option("--apply", "do", is_flag=True, help="照此修复；不加只看 / do it; without, only show")
@_AS
def mend(delivery: int, rule: str, do: bool, username: str) -> None:
    """按规则修复一次入库的常见问题；先看再修。 / Mend the common faults of a delivery by a rule; shown first, then done."""
    from lantu.plans.cli import _acting, _delivery, _progress, _report, _rows
    from lantu.plans.services import mending
    from lantu.plans.services.mending_ways import METHODS

    found = _delivery(delivery)
    if not rule:
        rows = [[one, METHODS[one], count] for one, count in mending.counts_by_rule(found).items()]
        _rows("修复规则 / rules", ["规则 rule", "做法 way", "问题 findings"], rows)
        return
    seen = mending.preview(found, rule)
    rows = [[one.finding, one.refused or one.word, ", ".join(str(each.row) for each in one.changes), one.moved_m2] for one in seen.offers]
    _rows(f"{rule}: {len(seen.good)} / {len(seen.offers)}", ["问题 finding", "做法或拒绝理由 way or refusal", "行 rows", "㎡"], rows)
    if not do:
        return
    if not seen.good:
        raise BadInput(_("没有可以这样修的问题。"), how=_("请看列出的原因，人工处理。"))
    with _progress(rule) as tell:
        done = mending.mend_by_rule(_acting(username, "planner", "mend"), found, rule, version=seen.version, tell=tell)
    _report(done)
