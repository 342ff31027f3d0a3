"""Chinese is what the code says; English stands in ``locale/en/LC_MESSAGES/django.po`` of each room.

``extract`` finds the sentences of a room, ``check`` says which of them have no English or another set of placeholders, ``update`` writes
the missing ones (empty) into the room's file, ``compile_all`` makes the binary catalogues that Django reads. All by Babel.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract as babel_extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

import lantu

ROOMS = Path(lantu.__file__).parent
_KEYWORDS: dict[str, tuple[object, ...] | None] = {
    "_": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None,
    "ngettext": (1, 2), "ngettext_lazy": (1, 2), "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2),
}  # fmt: skip
_PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|%[sd]|\{(\w*)\}")


@dataclass(frozen=True, slots=True)
class Problem:
    """A sentence that is not right in English. ``where``: file and line of the first use."""

    room: str
    message: str
    where: str
    what: str


def rooms() -> list[Path]:
    """The rooms that have sentences: folders with code in the package."""
    return sorted(path for path in ROOMS.iterdir() if (path / "__init__.py").exists())


def po_path(room: Path) -> Path:
    return room / "locale" / "en" / "LC_MESSAGES" / "django.po"


def extract(room: Path) -> Catalog:
    """All sentences of a room's Python files and templates, with their places."""
    catalog = Catalog(locale="en", domain="django", fuzzy=False)
    for path in sorted([*room.rglob("*.py"), *room.rglob("*.html"), *room.rglob("*.txt")]):
        if {"tests", "migrations", "locale"} & set(path.relative_to(room).parts) or path.name == "factories.py":
            continue
        for line, message, context in _sentences(path):
            catalog.add(message, context=context, locations=[(str(path.relative_to(ROOMS)), line)])
    return catalog


def _sentences(path: Path) -> Iterator[tuple[int, str | tuple[str, ...], str | None]]:
    source = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        if "{%" not in source and "{{" not in source:
            return
        # Django turns a template into something like Python: left to do is to take the indentation away
        source = "\n".join(line.strip() for line in templatize(source, origin=str(path)).splitlines())
    for line, message, _comments, context in babel_extract("python", io.BytesIO(source.encode()), keywords=_KEYWORDS):  # type: ignore[arg-type]
        yield line, message, context


def stored(room: Path) -> Catalog:
    """The room's English as it stands; empty when there is no file."""
    path = po_path(room)
    if not path.exists():
        return Catalog(locale="en", domain="django")
    with path.open("rb") as file:
        return read_po(file, locale="en")


def check() -> list[Problem]:
    """Every sentence without English, with other placeholders, marked fuzzy, or translated though no longer used."""
    problems = []
    for room in rooms():
        found, english = extract(room), stored(room)
        for message in found:
            if not message.id:
                continue
            where = ":".join(str(part) for part in message.locations[0])
            known = english.get(message.id, message.context)
            first = _first(message.id)
            texts = list(known.string) if known and isinstance(known.string, tuple) else [known.string if known else ""]
            if not all(texts):
                problems.append(Problem(room.name, first, where, "没有英文 / no English"))
            elif known and known.fuzzy:
                problems.append(Problem(room.name, first, where, "待核 / fuzzy"))
            elif any(_places(str(text)) != _places(first) for text in texts):
                problems.append(Problem(room.name, first, where, "占位符不一致 / other placeholders"))
        for message in english:
            if message.id and found.get(message.id, message.context) is None:
                first = _first(message.id)
                problems.append(Problem(room.name, first, str(po_path(room).relative_to(ROOMS)), "已不用 / no longer used"))
    return problems


def _first(identity: Any) -> str:
    """The message id, of a plural pair the singular."""
    return str(identity if isinstance(identity, str) else identity[0])


def _places(text: str) -> list[str]:
    return sorted(match.group(0) for match in _PLACEHOLDER.finditer(text.replace("%%", "")))


def update(room: Path) -> int:
    """Write the sentences that lack English, empty, into the room's file, and drop those no longer used. Returns how many are empty.

    A file that has just the room's sentences already is left as it is.
    """
    found, english = extract(room), stored(room)
    empty = 0
    for message in found:
        known = english.get(message.id, message.context) if message.id else None
        if known is not None and message.id:
            message.string = known.string
        elif message.id:
            empty += 1
    if {(message.id, message.context) for message in found} != {(message.id, message.context) for message in english}:
        path = po_path(room)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, found, width=140, omit_header=False, sort_by_file=True, include_lineno=False)
    return empty


def compile_all() -> int:
    """Write the binary catalogues beside the text ones. Returns how many."""
    done = 0
    for room in rooms():
        path = po_path(room)
        if path.exists():
            with path.with_suffix(".mo").open("wb") as file:
                write_mo(file, stored(room))
            done += 1
    return done
