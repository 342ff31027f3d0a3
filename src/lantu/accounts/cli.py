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


@accounts.group("token")
def token() -> None:
    """对接系统令牌。 / Tokens of other systems."""


@token.command("issue")
@click.argument("title")
@click.argument("department")
@click.option("--role", default="exchange", show_default=True)
@click.option("--verb", "verbs", multiple=True, help="可办的动作，可多次给出 / a verb it may do, again for more")
@click.option("--until", required=True, type=click.DateTime(["%Y-%m-%d"]), help="到期日 / last day")
@click.option("--reads/--no-reads", default=True, show_default=True, help="可读取 / may read")
def issue(title: str, department: str, *, role: str, verbs: tuple[str, ...], until: Any, reads: bool) -> None:
    """发放令牌；令牌只在这里显示一次。 / Issue a token; it is shown here once."""
    from lantu.accounts.models import Department
    from lantu.accounts.services import issue_token

    given = {"role": role, "department": _one(Department, code=department), "verbs": verbs, "expires_on": until.date(), "reads": reads}
    made = issue_token(system("lantu accounts token", "cli"), title, **given)
    click.echo(f"{made.pk}\t{made.expires_on}\t{made.secret}")


@token.command("list")
def list_tokens() -> None:
    """列出令牌（不含令牌本身）。 / List tokens, not the secrets."""
    from lantu.accounts.models import ServiceToken

    for row in ServiceToken.objects.select_related("post__department").order_by("pk"):
        department = row.post.department.code if row.post.department else "—"
        words = (row.start + "…", row.title, department, row.post.role, row.state, row.expires_on, ",".join(row.verbs))
        click.echo("\t".join(str(part) for part in (row.pk, *words)))


@token.command("revoke")
@click.argument("key", type=int)
@click.argument("reason")
def revoke(key: int, reason: str) -> None:
    """吊销令牌。 / Revoke a token."""
    from lantu.accounts.models import ServiceToken
    from lantu.accounts.services import revoke_token

    click.echo(f"{revoke_token(system('lantu accounts token', 'cli'), _one(ServiceToken, pk=str(key)), reason)}：已吊销 / revoked")


def _one(model: type[models.Model], **where: str) -> Any:
    found = model._default_manager.filter(**where).first()
    if found is None:
        value = next(iter(where.values()))
        raise NotFound(_("没有%(what)s %(value)s。") % {"what": model._meta.verbose_name, "value": value}, how=_("请核对后再试。"))
    return found


commands = [accounts]
