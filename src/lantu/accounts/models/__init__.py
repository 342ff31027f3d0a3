"""Data of the accounts room, a file per aggregate."""

from lantu.accounts.models.organisation import Department, Region
from lantu.accounts.models.people import Delegation, Post, User
from lantu.accounts.models.tokens import ServiceToken

__all__ = ["Delegation", "Department", "Post", "Region", "ServiceToken", "User"]
