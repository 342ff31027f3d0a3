"""What rooms add to the shell: entries of the side navigation, panels of pages, facts of the top bar.

Rooms register in ``AppConfig.ready``; the shell knows none of them.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import get_script_prefix, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lantu.core.actor import Actor
from lantu.core.counting import count_together
from lantu.core.ports import Port
from lantu.core.reading import keep

Text = str | Promise
Waiting = Sequence[QuerySet[Any]]
"""Rows that wait for somebody, in sets that share none."""

GROUPS: dict[str, Text] = {
    "work": _("工作台"),
    "blueprint": _("一张蓝图"),
    "analysis": _("分析"),
    "projects": _("项目"),
    "approvals": _("审批"),
    "supervision": _("督导"),
    "standards": _("标准"),
    "administration": _("系统管理"),
}
"""Groups of the side navigation in their order."""

ANY = "@"
"""Role that stands for everybody who is signed in."""


def may_see(roles: tuple[str, ...], actor: Actor | None) -> bool:
    """Whether an actor is in one of the roles (``@``: anybody signed in, ``*``: everybody)."""
    if "*" in roles:
        return True
    return actor is not None and ((ANY in roles and actor.user_id is not None) or (bool(actor.role) and actor.role in roles))


@dataclass(frozen=True, slots=True)
class NavEntry:
    """An entry of the side navigation. ``count`` gives the work that waits, for the number at the right."""

    group: str
    label: Text
    url_name: str
    icon: str
    roles: tuple[str, ...]
    order: int
    count: Callable[[HttpRequest], Waiting] | None


_nav: dict[str, NavEntry] = {}


def add_nav(
    group: str,
    label: Text,
    url_name: str,
    icon: str,
    roles: tuple[str, ...] = (ANY,),
    *,
    order: int = 50,
    count: Callable[[HttpRequest], Waiting] | None = None,
) -> None:
    """Add an entry to the side navigation; it shows only to ``roles``. ``count``: the rows that wait there for the actor (of a slice no
    more than it holds are counted); those of all entries are counted by one statement. Raises ``KeyError`` for an unknown group."""
    if group not in GROUPS:
        raise KeyError(group)
    _nav[url_name] = NavEntry(group, label, url_name, icon, roles, order, count)


@dataclass(frozen=True, slots=True)
class NavLink:
    """A navigation entry as one request sees it."""

    label: Text
    url: str
    icon: str
    current: bool
    count: int


def navigation(request: HttpRequest) -> list[tuple[Text, list[NavLink]]]:
    """The groups and links this request's actor may see, in order. The longest matching path is current."""
    actor = getattr(request, "actor", None)
    seen = sorted((entry for entry in _nav.values() if may_see(entry.roles, actor)), key=lambda entry: entry.order)
    urls = {entry.url_name: _address(get_script_prefix(), entry.url_name) for entry in seen}
    current = max((url for url in urls.values() if request.path.startswith(url)), key=len, default="")
    counts = _counts(request, seen)
    groups: list[tuple[Text, list[NavLink]]] = []
    for key, title in GROUPS.items():
        links = [
            NavLink(entry.label, urls[entry.url_name], entry.icon, urls[entry.url_name] == current, counts[entry.url_name])
            for entry in seen
            if entry.group == key
        ]
        if links:
            groups.append((title, links))
    return groups


@functools.cache
def _address(_prefix: str, url_name: str) -> str:
    return reverse(url_name)


def _counts(request: HttpRequest, entries: Sequence[NavEntry]) -> Counter[str]:
    """How much waits at each entry, by its URL name: counted for a person in a post, and anew when somebody has done something."""
    actor = getattr(request, "actor", None)
    key = ("navigation", actor and (actor.user_id, actor.post), tuple(entry.url_name for entry in entries))
    return keep(key, lambda: _counted(request, entries))


def _counted(request: HttpRequest, entries: Sequence[NavEntry]) -> Counter[str]:
    asked = [(entry.url_name, rows) for entry in entries if entry.count for rows in entry.count(request)]
    found: Counter[str] = Counter()
    for (name, _rows), count in zip(asked, count_together([rows for _name, rows in asked]), strict=True):
        found[name] += count
    return found


@dataclass(frozen=True, slots=True)
class Panel:
    """A part that one room puts on the page of another: ``render(request, subject)`` gives HTML, or nothing when it has nothing to say."""

    key: str
    render: Callable[[HttpRequest, Any], str | None]
    order: int
    roles: tuple[str, ...]


_panels: dict[str, dict[str, Panel]] = {}


def add_panel(
    place: str, key: str, render: Callable[[HttpRequest, Any], str | None], *, order: int = 50, roles: tuple[str, ...] = (ANY,)
) -> None:
    """Add a panel to ``place`` (``home``, ``plans.dataset``, …)."""
    _panels.setdefault(place, {})[key] = Panel(key, render, order, roles)


def panels(place: str, request: HttpRequest, subject: Any = None) -> Iterator[tuple[str, str]]:
    """(key, HTML) of the panels at a place that this actor may see and that have something to say, in order."""
    actor = getattr(request, "actor", None)
    for panel in sorted(_panels.get(place, {}).values(), key=lambda panel: (panel.order, panel.key)):
        if may_see(panel.roles, actor) and (html := panel.render(request, subject)):
            yield panel.key, html


bar_facts: Port[Callable[[HttpRequest], dict[str, Any]]] = Port("bar_facts")
"""Facts of the top bar: accounts gives ``posts`` and ``person``, blueprints ``release``, casework ``notices``. Of a query set the number
of its rows is shown; those of all rooms are counted by one statement."""


@dataclass(frozen=True, slots=True)
class Found:
    """One hit of the global search."""

    label: str
    url: str
    detail: str = ""


searchers: Port[tuple[Text, Callable[[HttpRequest, str], list[Found]]]] = Port("searchers")
"""Global search: each room registers (title of its group, function of request and text), which gives at most some twenty hits."""
