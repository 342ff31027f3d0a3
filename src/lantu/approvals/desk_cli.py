"""``lantu approvals paper …|results|deliver|receive|download|correct|lines|tick-line``: the counter, the issue desk and the review desk."""

from __future__ import annotations

from typing import Any, BinaryIO

import click

from lantu.approvals.acting_cli import as_person, branch_of, texts_of
from lantu.core.actor import Actor


def _case(actor: Actor, number: str) -> Any:
    from lantu.approvals.api_words import find_case

    return find_case(actor, number)


@click.group("paper")
def paper() -> None:
    """窗口来件：收件、核对原件、退还。 / Papers at the counter: take, compare, hand back."""


def _told(row: Any) -> None:
    state = row.returned_to or ("已核对 / compared" if row.material.checked_at else "—")
    click.echo(f"{row.pk}\t{row.material.code}\t{row.title}\t{row.pages}\t{row.brought_by}\t{state}")


@paper.command("list")
@click.argument("number")
@as_person
def papers(actor: Actor, number: str) -> None:
    """列出案卷的来件。 / List the papers of a case."""
    for row in _case(actor, number).counter_papers.select_related("material").order_by("pk"):
        _told(row)


@paper.command("take")
@click.argument("number")
@click.argument("code")
@click.argument("file", type=click.File("rb"))
@click.option("--title", required=True, help="名称 / what it is called")
@click.option("--by", "brought_by", required=True, help="送件人 / who brought it")
@click.option("--pages", default=1, show_default=True, help="页数 / pages")
@as_person
def take(actor: Actor, number: str, code: str, file: BinaryIO, **facts: Any) -> None:
    """收一份纸件，扫描件成为材料的新版本。 / Take a paper; its scan becomes the newest version of the material."""
    from pathlib import Path

    from lantu.approvals.services import take_paper
    from lantu.core import files

    _told(take_paper(actor, _case(actor, number), code, files.store(file), Path(file.name).name, **facts))


@paper.command("compare")
@click.argument("number")
@click.argument("pk", type=int, metavar="PAPER")
@as_person
def compare(actor: Actor, number: str, pk: int) -> None:
    """扫描件与原件核对无误。 / The scan is as the original."""
    from lantu.approvals.api_words import find_paper
    from lantu.approvals.services import compare_paper

    compare_paper(actor, find_paper(actor, number, pk))
    _told(find_paper(actor, number, pk))


@paper.command("return")
@click.argument("number")
@click.argument("pk", type=int, metavar="PAPER")
@click.argument("to")
@as_person
def give_back(actor: Actor, number: str, pk: int, to: str) -> None:
    """原件退还给谁。 / Hand the paper back, to whom."""
    from lantu.approvals.api_words import find_paper
    from lantu.approvals.services import return_paper

    return_paper(actor, find_paper(actor, number, pk), to)
    _told(find_paper(actor, number, pk))


@paper.command("original")
@click.argument("number")
@click.argument("material", type=int)
@as_person
def original(actor: Actor, number: str, material: int) -> None:
    """网上交的材料已与原件核对。 / A file that came online is as the original that was shown."""
    from lantu.approvals.api_words import find_material
    from lantu.approvals.services import check_original

    row = check_original(actor, find_material(_case(actor, number), material))
    click.echo(f"{row.pk}\t{row.code}\t{row.checked_by_name}")


def _results(rows: Any) -> None:
    for row in rows:
        to = f"{row.get_manner_display()} {row.receiver}".strip() or "—"
        click.echo(f"{row.pk}\t{row.number or '—'}\t{row.get_state_display()}\t{row.title}\t{to}")


@click.command("results")
@click.argument("number")
@as_person
def results(actor: Actor, number: str) -> None:
    """一个阶段的全部结果。 / The results of a stage, in one list."""
    _results(_case(actor, number).results.select_related("branch").order_by("pk"))


@click.command("deliver")
@click.argument("pk", type=int, metavar="RESULT")
@click.argument("manner", type=click.Choice(["counter", "post"]))
@click.argument("receiver")
@click.option("--receipt", "receipt_no", default="", help="邮寄单号 / consignment number")
@as_person
def deliver(actor: Actor, pk: int, manner: str, receiver: str, receipt_no: str) -> None:
    """结果当面交付或邮寄，须有签收。 / A result was handed over or posted, against a receipt."""
    from lantu.approvals import services
    from lantu.approvals.api_words import find_result

    services.deliver(actor, find_result(actor, pk), manner, receiver, receipt_no)
    _results([find_result(actor, pk)])


@click.command("receive")
@click.argument("number")
@click.argument("signature")
@as_person
def receive(actor: Actor, number: str, signature: str) -> None:
    """网上签收全部已出的结果，之后可以下载。 / Sign for all results that are out; then they may be downloaded."""
    from lantu.approvals.services import receive_results

    _results(receive_results(actor, _case(actor, number), signature))


@click.command("download")
@click.argument("pk", type=int, metavar="RESULT")
@click.argument("out", type=click.File("wb"))
@as_person
def download(actor: Actor, pk: int, out: BinaryIO) -> None:
    """下载已出的结果（PDF）；申请人须先签收。 / The PDF of a result that is out; its applicant signs for it first."""
    from lantu.approvals.api_words import find_result
    from lantu.approvals.selectors.filed import content_of

    out.write(content_of(actor, find_result(actor, pk)))


@click.command("correct")
@click.argument("pk", type=int, metavar="RESULT")
@click.argument("reason")
@click.option("--set", "given", multiple=True, required=True, metavar="FIELD=VALUE", help="更正后的内容 / what it is to say")
@as_person
def correct(actor: Actor, pk: int, reason: str, given: tuple[str, ...]) -> None:
    """发证后更正，另发一份并用印。 / Correct a certificate after issue: a successor takes its place."""
    from lantu.approvals.api_words import find_result
    from lantu.approvals.services import correct_result

    correct_result(actor, find_result(actor, pk), texts_of(given), reason)
    _results([find_result(actor, pk)])


@click.command("lines")
@click.argument("number")
@click.argument("item")
@as_person
def lines(actor: Actor, number: str, item: str) -> None:
    """专业审查的各项：实测与限值并列。 / The lines of a technical review, the measure beside its limit."""
    from lantu.approvals.selectors import technical

    row = branch_of(_case(actor, number), item)
    for group in technical.groups(row, technical.check_of(row.application)):
        for one in group.rows:
            ticked = f"{one.tick.get_verdict_display()} {one.tick.evidence}" if one.tick else one.suggested or "—"
            click.echo(f"{one.key}\t{group.title}\t{one.title}\t{one.limit or '—'}\t{one.measured or '—'}\t{ticked}")


@click.command("tick-line")
@click.argument("number")
@click.argument("item")
@click.argument("key")
@click.argument("verdict")
@click.argument("evidence")
@click.option("--measured", default="", help="实测值 / what was measured")
@click.option("--file", type=click.File("rb"), default=None, help="依据的文件 / the evidence as a file")
@as_person
def tick(actor: Actor, *, number: str, item: str, key: str, verdict: str, evidence: str, measured: str, file: BinaryIO | None) -> None:
    """核对一项，VERDICT 为 ok、bad 或 na，写明依据。 / Tick a line: ok, bad or na, with the evidence."""
    from pathlib import Path

    from lantu.approvals.services.handling import tick_line
    from lantu.core import files

    facts: dict[str, Any] = {"file": files.store(file), "filename": Path(file.name).name} if file is not None else {}
    made = tick_line(actor, branch_of(_case(actor, number), item), key, verdict, evidence=evidence, measured=measured, **facts)
    click.echo(f"{made.key}\t{made.title}\t{made.get_verdict_display()}\t{made.measured}\t{made.evidence}")


commands: list[click.Command] = [paper, results, deliver, receive, download, correct, lines, tick]
