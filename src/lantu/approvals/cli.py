"""``lantu approvals``: the item catalogue and cases from the command line. Exit codes: 0 done, 1 refused or with errors, 2 wrong usage."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TextIO

import click
from django.utils import timezone

from lantu.approvals import acting_cli, desk_cli, filing_cli
from lantu.approvals.acting_cli import as_person, read_json
from lantu.core.actor import Actor, system


@click.group("approvals")
def approvals() -> None:
    """审批：事项库、案卷、申报。 / Approvals: item catalogue, cases, filing."""


@approvals.group("definitions")
def definitions() -> None:
    """事项库。 / The item catalogue."""


@definitions.command("list")
def list_() -> None:
    """列出版次。 / List releases."""
    from lantu.approvals.selectors.catalogue import releases

    for row in releases():
        click.echo(f"{row.number}\t{row.version}\t{row.get_state_display()}\t{row.pack}\t{row.cases}\t{row.digest[:16]}")  # type: ignore[attr-defined]


@definitions.command("check")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def check(file: Path) -> None:
    """校核一个 approvals.yaml，逐处给出行号。 / Check a file; every finding with its line."""
    from lantu.approvals.catalogue.text import check_text
    from lantu.approvals.services.cataloguing import departments

    checked = check_text(file.read_text(encoding="utf-8-sig"), departments())
    for one in checked.findings:
        click.echo(f"{file}:{one.line}: {one.level}: {one.message}", err=one.level == "error")
    click.echo(f"错误 {len(checked.errors)}，提示 {len(checked.findings) - len(checked.errors)} / errors, warnings")
    if checked.errors:
        raise click.exceptions.Exit(1)


@definitions.command("diff")
@click.argument("old")
@click.argument("new")
def diff(old: str, new: str) -> None:
    """两版（版次号、current、draft 或文件）之间的不同。 / What differs between two (number, current, draft or a file)."""
    from lantu.approvals.catalogue.compare import differences

    for one in differences(_content(old), _content(new)):
        place = "/".join(part for part in (one.group, one.code, one.key) if part)
        click.echo(f"{one.what}\t{place}\t{json.dumps(one.old, ensure_ascii=False)}\t{json.dumps(one.new, ensure_ascii=False)}")


def _content(name: str) -> dict[str, object]:
    from lantu.approvals.catalogue.text import check_text
    from lantu.approvals.selectors.catalogue import find
    from lantu.approvals.services.cataloguing import departments

    if Path(name).is_file():
        return check_text(Path(name).read_text(encoding="utf-8-sig"), departments()).content
    return dict(find(name).content)


@definitions.command("publish")
def publish() -> None:
    """发布在用城市包的事项库。 / Publish the catalogue of the pack in force."""
    from lantu.approvals.services import publish_definition

    row = publish_definition(system("lantu approvals definitions publish", "cli"))
    for line in row.warnings:
        click.echo(line, err=True)
    click.echo(f"第 {row.number} 版 {row.version} 在用 / in force: {row.digest[:16]}")


@definitions.command("draft")
@click.argument("source", type=click.File("r", encoding="utf-8-sig"), default=None, required=False)
@click.option("--submit", "release_version", default="", help="送审，写新的版本号 / hand it to who publishes, under this version")
@as_person
def draft(actor: Actor, source: TextIO | None, release_version: str) -> None:
    """编辑稿：开始或接着编辑；给文件则换上，可随即送审。 / The draft: begin or go on; a file takes its place; may be submitted."""
    from lantu.approvals.catalogue.text import check_text
    from lantu.approvals.services import edit_catalogue, start_catalogue, submit_catalogue
    from lantu.approvals.services.cataloguing import departments

    row = start_catalogue(actor)
    if source is not None:
        row = edit_catalogue(actor, row, source.read())
    if release_version:
        row = submit_catalogue(actor, row, release_version)
    for one in check_text(row.text, departments()).findings:
        click.echo(f"{one.line}: {one.level}: {one.message}", err=True)
    click.echo(f"{row.get_state_display()}　{row.base} → {release_version or '—'}")


@definitions.command("publish-draft")
@as_person
def publish_draft(actor: Actor) -> None:
    """发布送审的编辑稿：城市包的新版本；不能由编辑的人发布。 / Publish the submitted draft, not by who edited it."""
    from lantu.approvals.selectors.catalogue import open_draft
    from lantu.approvals.services import publish_catalogue

    row = open_draft()
    if row is None:
        raise click.UsageError("没有编辑稿 / no draft")
    release = publish_catalogue(actor, row)
    click.echo(f"第 {release.number} 版 {release.version} 在用 / in force: {release.pack}")


@definitions.command("export")
@click.argument("out", type=click.File("w", encoding="utf-8", lazy=False), default="-")
@click.option("--release", "key", default="current", help="版次号、current 或 draft / number, current or draft")
def export(out: TextIO, key: str) -> None:
    """写出一版的 approvals.yaml，与装入时逐字节相同。 / Write the file of a release, byte for byte as loaded."""
    from lantu.approvals.selectors.catalogue import find

    out.write(find(key).text)


@definitions.command("try")
@click.argument("project_class")
@click.option("--facts", default="{}", help="JSON：事实 → 值 / fact → value")
@click.option("--release", "key", default="current")
def try_(project_class: str, facts: str, key: str) -> None:
    """试算：这样的项目每阶段要办什么、为什么。 / Try out: what such a project needs in each stage, and why."""
    from lantu.approvals.catalogue.trial import trial
    from lantu.approvals.selectors.catalogue import find
    from lantu.approvals.views.catalogue import why

    found = find(key).definition
    if project_class not in found.classes:
        raise click.UsageError("、".join(found.classes))
    for stage in trial(found, project_class, read_json(facts)):
        click.echo(f"{stage.stage.code} {stage.stage.name_zh}（{stage.days} / {stage.limit}）")
        for row in stage.decided:
            click.echo(f"  {'+' if row.applies else '-'} {row.item.name_zh}\t{row.item.department}\t{row.item.days}\t{why(found, row)}")


@approvals.command("cases")
@click.option("--state", default="", help="open | approved | approved_deferred | rejected | withdrawn …")
@click.option("--stage", default="")
@click.option("--light", default="", type=click.Choice(["", *"gyrpn"]))
@click.option("--limit", default=100, show_default=True)
def cases(state: str, stage: str, light: str, limit: int) -> None:
    """列出案卷。 / List cases."""
    from lantu.approvals.models import StageApplication
    from lantu.casework.models import Clock
    from lantu.casework.selectors.clocks import light_condition

    rows = StageApplication.objects.select_related("project", "clock")
    rows = rows.filter(state=state) if state else rows
    rows = rows.filter(stage=stage) if stage else rows
    if light:
        rows = rows.filter(clock__in=Clock.objects.filter(light_condition(light, timezone.localdate()), ended_on=None))
    for row in rows.order_by("-filed_at")[:limit]:
        due = row.clock.due_on if row.clock else None
        click.echo(f"{row.number}\t{row.get_state_display()}\t{row.lead}\t{due or '—'}\t{row.project.code}\t{row.project.name}")
    click.echo(f"{rows.count()}")


@approvals.command("show")
@click.argument("number")
@click.option("--json", "as_json", is_flag=True, help="接口的 JSON / the JSON of the API")
def show(number: str, as_json: bool) -> None:
    """一件案卷：各事项、日子、为什么还没办结。 / One case: its items, days, and why it is still open."""
    from lantu.approvals.api_words import find_case, full_case_out

    found = full_case_out(find_case(system("lantu approvals show", "cli"), number))
    if as_json:
        click.echo(found.model_dump_json(indent=2))
        return
    click.echo(f"{found.number}　{found.project_name}（{found.project}）　{found.state}　{found.due_on or '—'}")
    for one in found.branches:
        days = f"{one.clock.used}/{one.clock.limit}　{one.clock.due_on}" if one.clock else "—"
        click.echo(f"  {one.name}\t{one.department}\t{one.word}\t{days}")
        for event in one.events:
            click.echo(f"    {event.on}　{event.code} {event.word}　{event.opinion}".rstrip())
    click.echo(f"{found.head}　{'；'.join(found.reasons)}".rstrip())


@approvals.command("file")
@click.argument("source", type=click.File("r", encoding="utf-8"), default="-")
def file(source: TextIO) -> None:
    """按 JSON 申报：{project, stage, project_class, facts}，或它们的列表。 / File by JSON, one or a list."""
    from lantu.approvals.services import file_by_client
    from lantu.core.errors import LantuError
    from lantu.projects.selectors.codes import by_any_code

    try:
        given = json.load(source)
    except ValueError as error:
        raise click.UsageError(f"JSON: {error}") from error
    refused = 0
    for number, row in enumerate(given if isinstance(given, list) else [given], 1):
        if not isinstance(row, dict) or not all(isinstance(row.get(key), str) for key in ("project", "stage", "project_class")):
            raise click.UsageError(f"{number}: {{project, stage, project_class, facts}}")
        actor = system("lantu approvals file", "cli")
        try:
            made = file_by_client(actor, by_any_code(row["project"]), row["stage"], row["project_class"], row.get("facts") or {})
        except LantuError as error:
            refused += 1
            click.echo(f"{number}\t{row['project']}\t{error}", err=True)
        else:
            click.echo(f"{number}\t{row['project']}\t{made.number}")
    if refused:
        sys.exit(1)


@approvals.command("inquiries")
@click.option("--state", default="", help="asked | consulting | answered | withdrawn")
@click.option("--limit", default=100, show_default=True)
def inquiries(state: str, limit: int) -> None:
    """列出前期咨询。 / List questions asked before filing."""
    from lantu.approvals.models import Inquiry

    rows = Inquiry.objects.select_related("project")
    rows = rows.filter(state=state) if state else rows
    for row in rows[:limit]:
        click.echo(
            f"{row.number}\t{row.get_state_display()}\t{row.due_on}\t{row.stage}\t{row.project.code if row.project else '—'}\t{row.asker}"
        )
    click.echo(f"{rows.count()}")


@approvals.command("tick")
def tick() -> None:
    """办理到期的事：逾期未答复的视为受理、过期补正、承诺、提醒。 / Do what is due."""
    from lantu.approvals import duties

    click.echo(f"受理、补正、承诺 {duties.silences()}，提醒 {duties.remind()} / settled, reminded")


for _one in (*acting_cli.commands, *filing_cli.commands, *desk_cli.commands):
    approvals.add_command(_one)

commands = [approvals]
