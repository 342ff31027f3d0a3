"""What one does with blueprints: fuse, publish, withdraw, verify."""

from lantu.blueprints.services.publishing import publish_release, verify_release, withdraw
from lantu.blueprints.services.runs import start_run

__all__ = ["publish_release", "start_run", "verify_release", "withdraw"]
