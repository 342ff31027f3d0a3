"""What people type into a page's fields, read once for all pages."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from lantu.core.errors import BadInput


def typed_day(text: str, what: str = "") -> date | None:
    """A day typed as YYYY-MM-DD, none for an empty field. Raises ``BadInput`` for anything else; ``what``: the field, for the message."""
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise BadInput(
            _("%(what)s「%(text)s」不是日期。") % {"what": what, "text": text}, how=_("请写成 2018-12-31 这样的日期。")
        ) from None


def needed_day(text: str, what: str = "") -> date:
    """A day typed as YYYY-MM-DD. Raises ``BadInput`` also for an empty field."""
    found = typed_day(text, what)
    if found is None:
        raise BadInput(_("没有填%(what)s。") % {"what": what or _("日期")}, how=_("请写成 2018-12-31 这样的日期。"))
    return found


def typed_number(text: str | None) -> int:
    """A whole number as keys and counts are sent, 0 for anything else: no row has it."""
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0
