"""The one program: its exit codes, its errors in words."""

from __future__ import annotations

import sys

import click
import pytest

from lantu.core import cli
from lantu.core.errors import BadInput


def _run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["lantu", *words])
    try:
        cli.main()
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that fails in the way it is told to."""

    @click.command()
    @click.argument("way")
    def failing(way: str) -> None:
        if way == "exit":
            raise click.exceptions.Exit(3)
        if way == "said":
            raise BadInput("没有这样的文件。", how="请核对路径。")

    monkeypatch.setattr(cli.lantu, "commands", {**cli.lantu.commands, "failing": failing})


@pytest.mark.usefixtures("command")
@pytest.mark.parametrize(("way", "code"), [("fine", 0), ("exit", 3), ("said", 1)])
def test_the_exit_code_says_how_it_ended(monkeypatch: pytest.MonkeyPatch, way: str, code: int) -> None:
    assert _run(monkeypatch, "failing", way) == code


@pytest.mark.usefixtures("command")
def test_an_error_says_what_and_how_to_mend_it(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    _run(monkeypatch, "failing", "said")
    assert capsys.readouterr().err.split() == ["没有这样的文件。", "请核对路径。"]


def test_an_unknown_command_is_a_usage_error(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _run(monkeypatch, "no-such-room") == 2
