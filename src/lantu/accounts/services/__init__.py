"""Verbs of the accounts room."""

from lantu.accounts.services.organisation import save_departments, save_regions
from lantu.accounts.services.people import (
    create_user,
    delegate,
    end_post,
    give_post,
    set_active,
    set_password,
    switch_language,
    unlock,
)

__all__ = [
    "create_user",
    "delegate",
    "end_post",
    "give_post",
    "save_departments",
    "save_regions",
    "set_active",
    "set_password",
    "switch_language",
    "unlock",
]
