"""``lantu audit``: seal and prove the audit trail."""

from __future__ import annotations

import click


@click.group()
def audit() -> None:
    """留痕的封存与核验。 / Seal and verify the audit trail."""


@audit.command()
def seal() -> None:
    """封存还没有入链的行，并签今天的链首。 / Seal open rows and sign today's head."""
    from lantu.core import sealing

    click.echo(sealing.seal())
    sealing.sign_head()


@audit.command()
def verify() -> None:
    """核验整条链；有断处则退出码为 1。 / Verify the chain; exit code 1 if it is broken."""
    from lantu.core import sealing
    from lantu.core.models import AuditEvent

    broken = sealing.verify()
    for one in broken:
        click.echo(f"{one.position}\t{one.event or ''}\t{one.what}")
    sealed = AuditEvent.objects.exclude(position=None).count()
    click.echo(f"{sealed} 行已封存 / rows sealed, {len(broken)} 处断开 / breaks")
    if broken:
        raise click.exceptions.Exit(1)


@audit.command()
def head() -> None:
    """最近的链首：日期、链位、摘要、签名，可另存他处作证。 / The latest signed head, to be kept elsewhere as evidence."""
    from lantu.core.models import AuditHead

    last = AuditHead.objects.order_by("-day").first()
    if last is not None:
        click.echo(f"{last.day}\t{last.position}\t{last.digest}\t{last.signature}\t{last.public_key}")


commands = [audit]
