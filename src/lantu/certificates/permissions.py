"""Who may do what with certificates."""

from __future__ import annotations

from typing import Any

import rules
from django.utils.translation import gettext_lazy as _

from lantu.certificates.models import Certificate
from lantu.core.actor import Actor
from lantu.core.permissions import has_role
from lantu.documents.permissions import STAFF

READERS = (*STAFF, "exchange", "auditadmin")
ISSUERS = ("decider",)
PREPARERS = ("decider", "reviewer", "window")
KEEPERS = ("decider", "window", "auditadmin")

NEED_PREPARER = _("须由发证部门的审查、审定人员或综合窗口办理。")
NEED_ISSUER = _("须由发证部门的审定人办理。")
NEED_KEEPER = _("须由审定人、综合窗口或安全审计员办理。")

may_keep = has_role(*KEEPERS)


@rules.predicate
def is_issuer(actor: Actor, certificate: Any = None) -> bool:
    """A decider of the department that issues the certificate."""
    if actor.role == "system":
        return True
    return actor.role in ISSUERS and (not isinstance(certificate, Certificate) or certificate.department == actor.department)


@rules.predicate
def is_preparer(actor: Actor, certificate: Any = None) -> bool:
    """A reviewer or decider of the department that issues the certificate, or the window, which serves all departments."""
    if actor.role == "system":
        return True
    own = not isinstance(certificate, Certificate) or actor.role == "window" or certificate.department == actor.department
    return actor.role in PREPARERS and own


may_prepare = is_preparer
may_issue = is_issuer
may_copy = has_role(*PREPARERS)
