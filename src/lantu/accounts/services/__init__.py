"""Verbs of the accounts room."""

from lantu.accounts.services.organisation import save_departments, save_regions
from lantu.accounts.services.people import (
    create_user,
    delegate,
    end_delegation,
    end_post,
    give_post,
    set_active,
    set_password,
    switch_language,
    unlock,
)
from lantu.accounts.services.tokens import issue_token, renew_token, revoke_token

__all__ = [
    "create_user",
    "delegate",
    "end_delegation",
    "end_post",
    "give_post",
    "issue_token",
    "renew_token",
    "revoke_token",
    "save_departments",
    "save_regions",
    "set_active",
    "set_password",
    "switch_language",
    "unlock",
]
