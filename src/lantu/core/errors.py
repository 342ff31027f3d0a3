"""Errors that people read: what happened, where, and how to mend it, in Chinese, with the values.

One class per way of failing; pages, API and command line render the same three sentences.
"""

from __future__ import annotations

from typing import Any


class LantuError(Exception):
    """Base of all errors meant for people.

    ``what`` happened, ``where`` (file, row, field, place), ``how`` to go on; ``code`` is stable and machine-readable.
    """

    status = 400
    code = "error"

    def __init__(self, what: str, *, where: str = "", how: str = "", code: str | None = None, **values: Any) -> None:
        self.what, self.where, self.how, self.values = what, where, how, values
        if code:
            self.code = code
        super().__init__("　".join(part for part in (str(what), str(where), str(how)) if part))

    def as_dict(self) -> dict[str, Any]:
        """The error for the API: code, what, where, how and the values."""
        return {"code": self.code, "what": str(self.what), "where": str(self.where), "how": str(self.how), "values": self.values}


class BadInput(LantuError):
    """What was given cannot be taken as it is."""

    status = 422
    code = "bad-input"


class Refused(LantuError):
    """The actor may not do this (无权); says what is needed and whom to ask."""

    status = 403
    code = "refused"


class Unauthenticated(LantuError):
    """Who calls is not known: a token that is not there, revoked or over."""

    status = 401
    code = "unauthenticated"


class NotFound(LantuError):
    """There is no such thing, or the actor may not know of it."""

    status = 404
    code = "not-found"


class Conflict(LantuError):
    """The thing has changed meanwhile, or is in a state that does not allow the act."""

    status = 409
    code = "conflict"


class TooLarge(LantuError):
    """Over a limit; the message names the limit."""

    status = 413
    code = "too-large"
