"""``lantu approvals acts|act|answer|make-results|inquiry …``: handling cases from the command line, as a person in their post."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any, TextIO

import click

from lantu.core.actor import Actor


def as_person(command: Callable[..., None]) -> Callable[..., None]:
    """``--as USER``, ``--role``, ``--in DEPARTMENT``: the command acts as that person, in the post that they hold there."""

    @click.option("--as", "username", required=True, help="经办人用户名 / act as this person")
    @click.option("--role", default="", help="岗位，如 reviewer、decider、window、builder / in the post of this role")
    @click.option("--in", "department", default="", help="部门代码，有多个岗位时写 / department, for who has several posts")
    @functools.wraps(command)
    def run(username: str, role: str, department: str, **given: Any) -> None:
        from lantu.accounts.acting import by_name

        command(by_name(username, *([role] if role else []), department=department), **given)

    return run


def read_json(text: str) -> dict[str, Any]:
    """An object of JSON. Raises ``click.UsageError``."""
    try:
        found = json.loads(text)
    except ValueError as error:
        raise click.UsageError(f"JSON: {error}") from error
    if not isinstance(found, dict):
        raise click.UsageError("JSON: {…}")
    return found


@click.group("inquiry")
def inquiry() -> None:
    """前期咨询：提出、分办、答复。 / One question before filing: ask, route, answer."""


@inquiry.command("ask")
@click.argument("stage")
@click.argument("project_class")
@click.argument("question")
@click.option("--facts", default="{}", help="JSON：事实 → 值 / fact → value")
@click.option("--project", "code", default="", help="项目代码 / project code")
@click.option("--asker", default="", help="来访人（窗口代问）/ who asks, at the counter")
@as_person
def inquiry_ask(actor: Actor, stage: str, project_class: str, question: str, **given: str) -> None:
    """提出一件咨询。 / Ask."""
    from lantu.approvals.services import open_inquiry
    from lantu.projects.selectors.codes import by_any_code

    project, facts = by_any_code(given["code"]) if given["code"] else None, read_json(given["facts"])
    click.echo(open_inquiry(actor, stage, project_class, question, facts, project=project, asker=given["asker"]).number)


@inquiry.command("route")
@click.argument("number")
@click.argument("departments", nargs=-1)
@as_person
def inquiry_route(actor: Actor, number: str, departments: tuple[str, ...]) -> None:
    """分给部门；不写部门时按所答情形。 / Route it; without departments those that the facts call for."""
    from lantu.approvals.selectors.inquiries import by_number, requests_of
    from lantu.approvals.services import route_inquiry

    row = route_inquiry(actor, by_number(actor, number), departments or None)
    click.echo(f"{row.number}\t{row.get_state_display()}\t{'、'.join(one.department.code for one in requests_of(row))}")


@inquiry.command("answer")
@click.argument("number")
@click.option("--text", default="", help="答复；不写时按各部门意见合成 / the answer, by default merged from the departments'")
@as_person
def inquiry_answer(actor: Actor, number: str, text: str) -> None:
    """统一答复。 / Send the one answer."""
    from lantu.approvals.selectors.inquiries import by_number, lines, merged
    from lantu.approvals.services import answer_inquiry

    row = by_number(actor, number)
    row = answer_inquiry(actor, row, text or merged(lines(row)))
    click.echo(f"{row.number}\t{row.get_state_display()}\n{row.answer}")


@click.command("acts")
@click.argument("number")
@click.argument("item", default="")
@as_person
def acts(actor: Actor, number: str, item: str) -> None:
    """现在能对一件案卷（或其中一项）办什么，要填什么。 / What one may do with a case, or with one of its items, and what it asks."""
    from lantu.approvals.acting_api import act_out

    offered, subject = _offered(actor, number, item)
    for one in (act_out(act, subject) for act in offered):
        asked = " ".join(f"{field.name}{'' if field.required else '?'}" for field in one.fields)
        click.echo(f"{one.key}\t{one.label}\t{asked}".rstrip())


@click.command("act")
@click.argument("number")
@click.argument("key")
@click.option("--item", default="", help="事项代码；不写是整个阶段 / item, by default the whole stage")
@click.option("--set", "given", multiple=True, metavar="FIELD=VALUE", help="要填的内容；同一项可写多次 / what it asks; may be repeated")
@as_person
def act(actor: Actor, number: str, key: str, item: str, given: tuple[str, ...]) -> None:
    """办一件事，与页面上的按钮相同，文书随即用印。 / Do an act: the buttons of the pages, papers sealed."""
    from lantu.projects.acts import carry_out_by_key

    offered, subject = _offered(actor, number, item)
    carry_out_by_key(offered, actor, subject, key, fields_of(given))
    subject.refresh_from_db()
    click.echo(f"{number}\t{item or '—'}\t{key}\t{subject.state}")


def _offered(actor: Actor, number: str, item: str) -> tuple[Any, Any]:
    """The acts that this person may do now, and what they are about."""
    from lantu.approvals.acts import branch_acts, case_acts
    from lantu.approvals.api_words import find_case

    case = find_case(actor, number)
    if not item:
        return case_acts(actor, case, case.lead_opinions.all()), case
    row = branch_of(case, item)
    return branch_acts(actor, row), row


def branch_of(case: Any, item: str) -> Any:
    """The newest round of an item of a case. Raises ``NotFound`` with those there are."""
    from lantu.core.errors import NotFound

    row = case.branches.filter(item=item).select_related("clock").order_by("-round").first()
    if row is None:
        raise NotFound(f"{case.number}: {item}", how="、".join(case.branches.values_list("item", flat=True)))
    row.application = case
    return row


def fields_of(given: tuple[str, ...]) -> dict[str, Any]:
    """``FIELD=VALUE`` by field; one that is said more than once has a list. Raises ``click.BadParameter``."""
    found: dict[str, Any] = {}
    for one in given:
        name, mark, value = one.partition("=")
        if not mark:
            raise click.BadParameter(f"{one}: FIELD=VALUE")
        found[name] = [*found[name], value] if isinstance(found.get(name), list) else [found[name], value] if name in found else value
    return found


def texts_of(given: tuple[str, ...]) -> dict[str, str]:
    """``FIELD=VALUE`` by field, each once. Raises ``click.BadParameter``."""
    found = fields_of(given)
    if twice := [name for name, value in found.items() if isinstance(value, list)]:
        raise click.BadParameter(f"{'、'.join(twice)}: FIELD=VALUE")
    return found


@click.command("answer")
@click.argument("number")
@click.argument("source", type=click.File("r", encoding="utf-8"), default=None, required=False)
@as_person
def answer(actor: Actor, number: str, source: TextIO | None) -> None:
    """受理决定：JSON {事项: {kind, …}}；不给文件时全部受理。 / Answer a filing: JSON {item: {kind, …}}, by default accept all."""
    from lantu.approvals.api_words import find_case
    from lantu.approvals.schemas import AnswerIn
    from lantu.approvals.services import answer_filing
    from lantu.approvals.services.acceptance import WAITING
    from lantu.approvals.services.window import Answer, Point

    case = find_case(actor, number)
    rows = {row.item: row.pk for row in case.branches.filter(state__in=WAITING)}
    given: dict[str, Any] = {key: {"kind": "accept"} for key in rows}
    if source is not None:
        given = read_json(source.read())
    answers = {}
    for item, facts in given.items():
        if item not in rows or not isinstance(facts, dict):
            raise click.UsageError(f"{item}: {'、'.join(rows)}")
        try:
            one = AnswerIn(branch=rows[item], **facts)
        except ValueError as error:
            raise click.UsageError(f"{item}: {error}") from error
        points = [Point(**point.dict()) for point in one.points]
        answers[rows[item]] = Answer(**one.dict(exclude={"branch", "points"}), points=points)
    done = answer_filing(actor, case, answers)
    for paper in done.papers:
        click.echo(f"{paper.number}\t{paper}")
    for line in done.left:
        click.echo(line, err=True)


@click.command("make-results")
@click.argument("number")
@click.argument("source", type=click.File("r", encoding="utf-8"), default=None, required=False)
@as_person
def make(actor: Actor, number: str, source: TextIO | None) -> None:
    """制作本部门的结果并用印；JSON {事项: {字段: 值}} 补填证照内容。 / Make and seal one's results; JSON {item: {field: value}}."""
    from lantu.approvals.api_words import find_case
    from lantu.approvals.services import make_results

    case = find_case(actor, number)
    given = read_json(source.read()) if source is not None else {}
    keys = {row.branch.item: row.pk for row in case.results.select_related("branch")}
    if unknown := [item for item in given if item not in keys]:
        raise click.UsageError(f"{'、'.join(unknown)}: {'、'.join(keys)}")
    for row in make_results(actor, case, {keys[item]: fields for item, fields in given.items()}):
        click.echo(f"{row.number}\t{row.get_state_display()}\t{row}")


commands: list[click.Command] = [inquiry, acts, act, answer, make]
