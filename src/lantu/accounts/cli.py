"""``lantu accounts``: the first people of an installation, opened by who has the machine. Later ones are opened on the pages."""

from __future__ import annotations

from typing import Any

import click
from django.db import models
from django.utils.translation import gettext as _

from lantu.accounts.roles import ROLES
from lantu.core.actor import system
from lantu.core.errors import NotFound


@click.group("accounts")
def accounts() -> None:
    """人员与岗位。 / People and posts."""


@accounts.command("open")
@click.argument("username")
@click.argument("full_name")
@click.password_option(help="初始密码，不给则询问 / first password, asked for when left out")
def open_account(username: str, full_name: str, password: str) -> None:
    """开立账户。 / Open an account."""
    from lantu.accounts.services import create_user

    user = create_user(system("lantu accounts", "cli"), username, full_name, password)
    click.echo(f"{user.username}　{user.full_name}")


@accounts.command("grant")
@click.argument("username")
@click.argument("role", type=click.Choice(list(ROLES)))
@click.option("--department", default="", help="部门代码 / department code")
@click.option("--region", default="", help="辖区代码，不给即全市 / region code, the whole city when left out")
def grant(username: str, role: str, department: str, region: str) -> None:
    """授予岗位。 / Grant a post."""
    from lantu.accounts.models import Department, Region, User
    from lantu.accounts.services import give_post

    post = give_post(
        system("lantu accounts", "cli"),
        _one(User, username=username),
        role,
        department=_one(Department, code=department) if department else None,
        region=_one(Region, code=region) if region else None,
    )
    click.echo(str(post))


@accounts.command("list")
def list_accounts() -> None:
    """列出人员和现有岗位。 / List people and their posts."""
    from lantu.accounts.models import User
    from lantu.accounts.services.people import current_posts

    for user in User.objects.order_by("username"):
        posts = "、".join(str(post) for post in current_posts(user))
        click.echo(f"{user.username:<20} {user.full_name:<12} {'' if user.is_active else '停用 disabled '}{posts}")


def _one(model: type[models.Model], **where: str) -> Any:
    found = model._default_manager.filter(**where).first()
    if found is None:
        value = next(iter(where.values()))
        raise NotFound(_("没有%(what)s %(value)s。") % {"what": model._meta.verbose_name, "value": value}, how=_("请核对后再试。"))
    return found


commands = [accounts]
