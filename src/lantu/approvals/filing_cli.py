"""``lantu approvals drafts|draft …|attach|amend|corrections|withdraw|rate|receive``: what an applicant does, from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO, TextIO

import click

from lantu.approvals.acting_cli import as_person, read_json
from lantu.core.actor import Actor

NUMBER = click.argument("number")
FILE = click.argument("file", type=click.File("rb"))
SOURCE = click.argument("source", type=click.File("r", encoding="utf-8"), default="-")
PART = click.option("--part", default=1, show_default=True, help="第几个文件 / which file of the material")


@click.command("drafts")
@as_person
def drafts(actor: Actor) -> None:
    """列出本单位的草稿。 / List the drafts of one's units."""
    from lantu.approvals.selectors import applicants

    for row in applicants.drafts(actor):
        click.echo(f"{row.pk}\t{row.get_state_display()}\t{row.stage}\t{row.project_class}\t{row.project.code}\t{row.project.name}")


@click.group("draft")
def draft() -> None:
    """草稿：新建、填写、交材料、提交。 / A draft: start, fill, attach, submit."""


def _draft(actor: Actor, pk: int) -> Any:
    from lantu.approvals.selectors import applicants

    return applicants.draft(actor, pk)


def _tell(actor: Actor, row: Any) -> None:
    """The draft in a line, then what is still missing."""
    from lantu.approvals.filing_api import draft_out

    found = draft_out(actor, row)
    click.echo(f"{found.id}\t{found.state}\t{found.project}\t{found.stage}\t{found.score} %")
    for gap in found.gaps:
        click.echo(f"  {gap.step}\t{gap.code}\t{gap.message}")


@draft.command("start")
@click.argument("project")
@click.argument("stage")
@click.argument("project_class")
@as_person
def start(actor: Actor, project: str, stage: str, project_class: str) -> None:
    """为项目的一个阶段新建申报，已有的草稿接着用。 / Begin an application for a stage; the draft that there is comes back."""
    from lantu.approvals.services import start_draft
    from lantu.projects.selectors.codes import by_any_code

    _tell(actor, start_draft(actor, by_any_code(project), stage, project_class))


@draft.command("show")
@click.argument("pk", type=int, metavar="DRAFT")
@click.option("--json", "as_json", is_flag=True, help="接口的 JSON / the JSON of the API")
@as_person
def show(actor: Actor, pk: int, as_json: bool) -> None:
    """一份草稿和还差什么。 / One draft and its gaps."""
    from lantu.approvals.filing_api import draft_out

    row = _draft(actor, pk)
    if as_json:
        click.echo(draft_out(actor, row).model_dump_json(indent=2))
    else:
        _tell(actor, row)


@draft.command("fill")
@click.argument("pk", type=int, metavar="DRAFT")
@SOURCE
@as_person
def fill(actor: Actor, pk: int, source: TextIO) -> None:
    """按 JSON {situation, answers, site, version} 填写。 / Fill in from JSON, as the API takes it."""
    from pydantic import ValidationError

    from lantu.approvals.filing_api import keep
    from lantu.approvals.schemas import DraftChange

    try:
        given = DraftChange(**read_json(source.read()))
    except ValidationError as error:
        raise click.UsageError(str(error)) from error
    row = _draft(actor, pk)
    keep(actor, row, given)
    _tell(actor, row)


@draft.command("attach")
@click.argument("pk", type=int, metavar="DRAFT")
@click.argument("code")
@FILE
@PART
@as_person
def attach_to_draft(actor: Actor, pk: int, code: str, file: BinaryIO, part: int) -> None:
    """交一份材料的文件，按内容核对。 / Hand in a file of a material; it is looked at by its content."""
    hand_in(actor, _draft(actor, pk), code, file, part)


def hand_in(actor: Actor, holder: Any, code: str, file: BinaryIO, part: int) -> None:
    """A file of a draft or an application."""
    from lantu.approvals import services
    from lantu.core import files

    made = services.hand_in(actor, holder, code, files.store(file), Path(file.name).name, part=part)
    click.echo(f"{made.pk}\t{made.code}\t{made.part}\t{made.version}\t{made.filename}\t{made.scan or '—'}")


@draft.command("later")
@click.argument("pk", type=int, metavar="DRAFT")
@click.argument("code")
@as_person
def later(actor: Actor, pk: int, code: str) -> None:
    """容缺承诺：这份材料以后补。 / Promise a material that may come later."""
    from lantu.approvals.services import commit_later

    click.echo(commit_later(actor, _draft(actor, pk), code).reference)


@draft.command("take-back")
@click.argument("pk", type=int, metavar="DRAFT")
@click.argument("material", type=int)
@as_person
def take_back(actor: Actor, pk: int, material: int) -> None:
    """撤下一份材料。 / Take a file back."""
    from lantu.approvals.api_words import find_material
    from lantu.approvals.services import take_back_material

    row = _draft(actor, pk)
    take_back_material(actor, find_material(row, material))
    _tell(actor, row)


def _by_verb(name: str, words: str) -> None:
    """A command that does one verb of a draft and nothing else."""

    @draft.command(name.partition("_")[0], help=words)
    @click.argument("pk", type=int, metavar="DRAFT")
    @as_person
    def run(actor: Actor, pk: int) -> None:
        from lantu.approvals import services

        row = _draft(actor, pk)
        getattr(services, name)(actor, row)
        _tell(actor, row)


_by_verb("sign_draft", "签署（单位管理人）。 / Sign it, as an owner of the unit.")
_by_verb("refresh_draft", "按新版事项库核对。 / Bring it to the release in force.")
_by_verb("discard_draft", "删除草稿。 / Give it up.")


@draft.command("submit")
@click.argument("pk", type=int, metavar="DRAFT")
@as_person
def submit(actor: Actor, pk: int) -> None:
    """提交申报；还差什么时逐处说明。 / File it; with gaps it is refused, and says which."""
    from lantu.approvals.services import file_draft

    made = file_draft(actor, _draft(actor, pk))
    click.echo(f"{made.number}\t{made.received_on}")


def _case(actor: Actor, number: str) -> Any:
    from lantu.approvals.api_words import find_case

    return find_case(actor, number)


@click.command("attach")
@NUMBER
@click.argument("code")
@FILE
@PART
@as_person
def attach(actor: Actor, number: str, code: str, file: BinaryIO, part: int) -> None:
    """已申报的案卷：换材料的新版本，或补交承诺的。 / A new version of a material of a filed case, or one that was promised."""
    hand_in(actor, _case(actor, number), code, file, part)


@click.command("amend")
@NUMBER
@SOURCE
@as_person
def amend(actor: Actor, number: str, source: TextIO) -> None:
    """按 JSON {字段: 值} 修改申请表。 / Change the form by JSON {field: value}, as a new version."""
    from lantu.approvals.services import amend_form

    click.echo(f"{number}\t{amend_form(actor, _case(actor, number), read_json(source.read())).number}")


@click.command("corrections")
@NUMBER
@as_person
def corrections(actor: Actor, number: str) -> None:
    """补正材料已经交齐。 / What was to be mended has come."""
    from lantu.approvals.services import answer_corrections

    for row in answer_corrections(actor, _case(actor, number)):
        click.echo(f"{number}\t{row.item}\t{row.state}")


@click.command("withdraw")
@NUMBER
@click.argument("reason")
@as_person
def withdraw(actor: Actor, number: str, reason: str) -> None:
    """撤回整个申报，写明原因。 / Withdraw the whole application, with the reason."""
    from lantu.approvals.services import withdraw_stage

    row = withdraw_stage(actor, _case(actor, number), reason)
    click.echo(f"{row.number}\t{row.state}")


@click.command("rate")
@NUMBER
@click.argument("score", type=int)
@click.argument("text", default="")
@as_person
def rate(actor: Actor, number: str, score: int, text: str) -> None:
    """评价，1 到 5。 / Say how it went, 1 to 5."""
    from lantu.approvals import services

    made = services.rate(actor, _case(actor, number), score, text)
    click.echo(f"{number}\t{made.score}")


commands: list[click.Command] = [drafts, draft, attach, amend, corrections, withdraw, rate]
