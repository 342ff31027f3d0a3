"""The one program ``lantu``: the verbs of every room on the command line.

A room contributes by a module ``cli.py`` with ``commands``, a list of click commands or groups. Help is in both languages.
Exit codes: 0 done, 1 an error that the message explains, 2 wrong usage.
"""

from __future__ import annotations

import gc
import importlib
import importlib.util
import os
import sys

import click


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def lantu() -> None:
    """蓝图：多规合一业务审批协同平台。 / Lantu: the multi-plan integration platform."""


MODULES = ("cli", "process_cli", "audit_cli", "keeping_cli")
"""Modules of a room that may contribute commands."""


def _collect() -> None:
    from django.apps import apps

    for config in apps.get_app_configs():
        for module in MODULES:
            name = f"{config.name}.{module}"
            if config.name.startswith("lantu.") and importlib.util.find_spec(name):
                for command in getattr(importlib.import_module(name), "commands", []):
                    lantu.add_command(command)


def main() -> None:
    """Entry point of the ``lantu`` program."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lantu.config.settings")
    gc.disable()  # of what is loaded nothing is garbage: to look for it again and again is a fifth of a start
    import django

    django.setup()
    from lantu.core.errors import LantuError

    _collect()
    gc.freeze()
    gc.enable()
    try:
        if code := lantu(standalone_mode=False):  # outside of standalone mode click gives the code of Exit back
            sys.exit(code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except LantuError as error:
        click.secho(str(error.what), fg="red", err=True)
        for part in (error.where, error.how):
            if part:
                click.echo(f"  {part}", err=True)
        sys.exit(1)
