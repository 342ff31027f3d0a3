"""Pages of the blueprints room."""

from lantu.accounts.roles import ROLES
from lantu.blueprints.visibility import OUTSIDE

INSIDE = tuple(code for code in ROLES if code not in OUTSIDE)
"""Everybody in the administration; no applicant."""
