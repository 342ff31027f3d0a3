"""Data of the accounts room, a file per aggregate."""

from lantu.accounts.models.people import User

__all__ = ["User"]
