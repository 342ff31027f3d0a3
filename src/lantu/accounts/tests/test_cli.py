"""The first people of an installation, opened from the command line."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result

from lantu.accounts.cli import accounts
from lantu.accounts.models import User
from lantu.core.errors import LantuError, NotFound

pytestmark = pytest.mark.django_db
PASSWORD = "shan-shui-zhi-cheng-2026"


def _run(*words: str) -> Result:
    return CliRunner().invoke(accounts, list(words))


def test_an_account_is_opened_and_gets_its_post() -> None:
    assert _run("open", "wang", "王工", "--password", PASSWORD).exit_code == 0
    assert _run("grant", "wang", "sysadmin").exit_code == 0
    user = User.objects.get(username="wang")
    assert user.check_password(PASSWORD)
    assert user.posts.get().role == "sysadmin"
    listed = _run("list").output
    assert "王工" in listed and "系统管理员" in listed


def test_nothing_is_granted_to_who_is_not_there() -> None:
    assert isinstance(_run("grant", "nobody", "planner").exception, NotFound)


def test_the_three_administrators_exclude_each_other_here_too() -> None:
    _run("open", "wang", "王工", "--password", PASSWORD)
    _run("grant", "wang", "sysadmin")
    assert isinstance(_run("grant", "wang", "planner").exception, LantuError)
    assert User.objects.get(username="wang").posts.count() == 1
