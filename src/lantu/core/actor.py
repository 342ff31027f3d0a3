"""Who acts: a person in one of their posts, another system, or the system itself.

``core`` knows no accounts: rooms above make actors; verbs read them.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Post:
    """A role held in a department for a region (岗位). Codes only; an empty region means the whole city."""

    role: str
    department: str = ""
    region: str = ""


@dataclass(frozen=True, slots=True)
class Actor:
    """The one who acts and in which post. ``channel``: page, api, cli, job or system; ``scope``: the verbs that another system's token
    allows, none for people, who may all that their post may."""

    user_id: int | None
    name: str
    post: Post | None = None
    channel: str = "system"
    request_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    scope: frozenset[str] | None = None

    @property
    def role(self) -> str:
        return self.post.role if self.post else ""

    @property
    def department(self) -> str:
        return self.post.department if self.post else ""

    @property
    def region(self) -> str:
        return self.post.region if self.post else ""

    def through(self, channel: str) -> Actor:
        """The same actor by another entrance, e.g. as the one on whose behalf a job runs."""
        return replace(self, channel=channel)


ANONYMOUS = Actor(user_id=None, name="", post=None, channel="page", request_id="")


def system(name: str = "系统", channel: str = "system") -> Actor:
    """The system itself: clocks, sealers, set-up. Passes the permissions that allow ``is_system``."""
    return Actor(user_id=None, name=name, post=Post(role="system"), channel=channel)
