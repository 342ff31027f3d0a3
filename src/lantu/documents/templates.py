"""Template releases (模板版本): the texts and layouts of outward papers, read from the city pack in force.

``documents/templates.yaml`` of the pack names each template; a layout ``*.typ`` of the pack goes before the product's own of that name.
A pack version is immutable, so (pack, code) is a release; papers keep both and the release's digest.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lantu.core.errors import BadInput, NotFound
from lantu.documents.pdf import COMMON
from lantu.standards import selectors
from lantu.standards.models import PackPart, PackVersion
from lantu.standards.pack.files import parsed

FILE = "documents/templates.yaml"
_PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a template: text, ``table`` (rows of ``heads``) or ``list`` (lines)."""

    name: str
    title: str
    kind: str = "text"
    required: bool = False
    heads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Template:
    """One template release. ``number``: pattern of the document number with {organ} {year} {serial}; ``seal``: kind of seal it takes."""

    code: str
    name_zh: str
    name_en: str
    pack_id: int
    layout: str
    layout_text: str
    digest: str
    fields: tuple[Field, ...]
    paragraphs: tuple[str, ...]
    closing: tuple[str, ...] = ()
    number: str = ""
    seal: str = ""
    docx: bool = False
    group: str = ""
    retention_years: int | None = None

    @property
    def name(self) -> str:
        return self.name_en if (get_language() or "").startswith("en") and self.name_en else self.name_zh


def templates(pack: PackVersion | None = None) -> dict[str, Template]:
    """All templates of a pack (default: in force) by code; empty when the pack has none."""
    found = pack or selectors.pack()
    return _templates(found.pk, found.digest)


def template(code: str, pack: PackVersion | None = None) -> Template:
    """One template. Raises ``NotFound`` naming what there is."""
    found = templates(pack)
    if code not in found:
        raise NotFound(
            _("城市包里没有文书模板「%(code)s」。") % {"code": code},
            where=FILE,
            how=_("现有：%(codes)s。") % {"codes": "、".join(sorted(found)) or "—"},
        )
    return found[code]


@functools.lru_cache(maxsize=16)
def _templates(pack_id: int, digest: str) -> dict[str, Template]:
    texts = pack_texts(pack_id, name__startswith="file:documents/")
    data = parsed(texts.get(FILE, "")) or {}
    return {code: _read(code, entry, pack_id, texts) for code, entry in (data.get("templates") or {}).items()}


def _read(code: str, entry: dict[str, Any], pack_id: int, texts: dict[str, str]) -> Template:
    layout = entry.get("layout", "letter.typ")
    text = layout_text(layout, texts)
    return Template(
        code=code,
        name_zh=entry["name_zh"],
        name_en=entry.get("name_en", ""),
        pack_id=pack_id,
        layout=layout,
        layout_text=text,
        digest=digest_of(entry, text),
        fields=tuple(
            Field(
                one["name"], one.get("title", one["name"]), one.get("type", "text"), bool(one.get("required")), tuple(one.get("heads", ()))
            )
            for one in entry.get("fields", ())
        ),
        paragraphs=tuple(entry.get("paragraphs", ())),
        closing=tuple(entry.get("closing", ())),
        number=entry.get("number", ""),
        seal=entry.get("seal", ""),
        docx=bool(entry.get("docx")),
        group=entry.get("group", ""),
        retention_years=entry.get("retention_years"),
    )


def layout_text(name: str, texts: dict[str, str]) -> str:
    """The layout of that name: the pack's own (``texts``: its files), else the product's. Raises ``NotFound``."""
    if own := texts.get(f"documents/{name}"):
        return own
    path = COMMON / name
    if path.parent != COMMON or not path.is_file():
        raise NotFound(_("没有版式「%(name)s」。") % {"name": name}, where=FILE)
    return path.read_text(encoding="utf-8")


def digest_of(entry: dict[str, Any], text: str) -> str:
    """The digest of a release: what the pack says of it, and its layout."""
    whole = json.dumps(entry, ensure_ascii=False, sort_keys=True, default=str) + text
    return hashlib.sha256(whole.encode()).hexdigest()


def pack_texts(pack_id: int, **which: Any) -> dict[str, str]:
    """Text files of a pack by path. ``which``: a condition on the part's name, as ``name__startswith``."""
    parts = PackPart.objects.filter(pack_id=pack_id, name__startswith="file:").filter(**which)
    return {part.name.removeprefix("file:"): part.content["text"] for part in parts}


def check_data(of: Template, data: dict[str, Any]) -> dict[str, Any]:
    """The data with every known field. Raises ``BadInput`` naming all missing and unknown fields at once."""
    known = {field.name: field for field in of.fields}
    missing = [field.title for field in of.fields if field.required and data.get(field.name) in (None, "", [])]
    unknown = sorted(set(data) - set(known))
    bad = [
        known[name].title
        for name, value in data.items()
        if name in known and known[name].kind in ("table", "list") and not isinstance(value, list | tuple)
    ]
    if missing or unknown or bad:
        parts = [_("缺少：%(names)s。") % {"names": "、".join(missing)}] if missing else []
        parts += [_("模板里没有：%(names)s。") % {"names": "、".join(unknown)}] if unknown else []
        parts += [_("应为列表：%(names)s。") % {"names": "、".join(bad)}] if bad else []
        raise BadInput(_("「%(name)s」的内容不全或不对。") % {"name": of.name}, where="".join(parts), how=_("请补齐后再生成。"))
    return {name: data.get(name, [] if field.kind in ("table", "list") else "") for name, field in known.items()}


def fill(text: str, data: dict[str, Any]) -> str:
    """``{name}`` replaced by the data's text; nothing else is interpreted. Lists are joined by 、."""

    def value(match: re.Match[str]) -> str:
        found = data.get(match[1], match[0])
        return "、".join(str(one) for one in found) if isinstance(found, list | tuple) else str(found)

    return _PLACE.sub(value, text)
