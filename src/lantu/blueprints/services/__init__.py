"""What one does with blueprints: fuse, publish, withdraw, verify."""

from lantu.blueprints.services.amendments import close_amendment
from lantu.blueprints.services.comparisons import compare
from lantu.blueprints.services.overrides import AmendmentOrder, CaseRef, record_override, withdraw_override
from lantu.blueprints.services.prechecks import start_precheck
from lantu.blueprints.services.publishing import publish_release, verify_release, withdraw
from lantu.blueprints.services.runs import start_run

__all__ = [
    "AmendmentOrder",
    "CaseRef",
    "close_amendment",
    "compare",
    "publish_release",
    "record_override",
    "start_precheck",
    "start_run",
    "verify_release",
    "withdraw",
    "withdraw_override",
]
