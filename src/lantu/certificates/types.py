"""Certificate types of the city pack (``certificates.yaml``): numbering, issuers, seal, layout, fields, living layer, archive."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lantu.core.errors import BadInput, NotFound
from lantu.documents.templates import Field, Template, digest_of, layout_text, pack_texts
from lantu.standards import selectors
from lantu.standards.models import PackVersion
from lantu.standards.pack.files import parsed

FILE = "certificates.yaml"


@dataclass(frozen=True, slots=True)
class CertificateType:
    """A type. ``issuers``: department → social credit code and name; ``valid_years`` none: no end; ``layer``: living layer or empty."""

    code: str
    name_zh: str
    name_en: str
    type_code: str
    number: str
    serial_digits: int
    issuers: dict[str, dict[str, str]]
    seal: str
    layer: str
    valid_years: int | None
    on_change: str
    ground: tuple[str, ...]
    fields: tuple[Field, ...]
    from_holder: frozenset[str]
    annexes: tuple[str, ...]
    notes: tuple[str, ...]
    state_name: str
    template: Template

    @property
    def name(self) -> str:
        return self.name_en if (get_language() or "").startswith("en") and self.name_en else self.name_zh

    def check(self, data: dict[str, Any]) -> dict[str, str]:
        """The data with all fields. Raises ``BadInput`` naming everything missing or unknown."""
        missing = [one.title for one in self.fields if one.required and not str(data.get(one.name) or "").strip()]
        unknown = sorted(set(data) - {one.name for one in self.fields})
        if missing or unknown:
            parts = [_("缺少：%(names)s。") % {"names": "、".join(missing)}] if missing else []
            parts += [_("没有这些字段：%(names)s。") % {"names": "、".join(unknown)}] if unknown else []
            raise BadInput(_("%(name)s的内容不全或不对。") % {"name": self.name}, where="".join(parts), how=_("请补齐后再发证。"))
        return {one.name: str(data.get(one.name) or "") for one in self.fields if one.name not in self.from_holder}


@dataclass(frozen=True, slots=True)
class Register:
    """All of the file."""

    types: dict[str, CertificateType]
    archive: tuple[dict[str, Any], ...]
    default_years: int | None


def register(pack: PackVersion | None = None) -> Register:
    """The certificate part of a pack, by default the one in force; empty when it has none."""
    found = pack or selectors.pack()
    return _register(found.pk, found.digest)


def certificate_type(code: str, pack: PackVersion | None = None) -> CertificateType:
    """One type. Raises ``NotFound`` naming what there is."""
    types = register(pack).types
    if code not in types:
        raise NotFound(
            _("城市包里没有证照类型「%(code)s」。") % {"code": code},
            where=FILE,
            how=_("现有：%(codes)s。") % {"codes": "、".join(sorted(types)) or "—"},
        )
    return types[code]


@functools.lru_cache(maxsize=16)
def _register(pack_id: int, digest: str) -> Register:
    layouts = pack_texts(pack_id, name__endswith=".typ")
    data = parsed(pack_texts(pack_id, name=f"file:{FILE}").get(FILE, "")) or {}
    types = {code: _read(code, entry, data, pack_id, layouts) for code, entry in (data.get("types") or {}).items()}
    return Register(types, tuple(data.get("archive") or ()), (data.get("retention") or {}).get("default_years"))


def _read(code: str, entry: dict[str, Any], whole: dict[str, Any], pack_id: int, layouts: dict[str, str]) -> CertificateType:
    layout = entry.get("layout", "permit.typ")
    text = layout_text(layout, layouts)
    fields = tuple(Field(one["name"], one["title"], required=bool(one.get("required"))) for one in entry["fields"])
    template = Template(
        code=f"certificate.{code}",
        name_zh=entry["name_zh"],
        name_en=entry.get("name_en", ""),
        pack_id=pack_id,
        layout=layout,
        layout_text=text,
        digest=digest_of(entry, text),
        fields=fields,
        paragraphs=tuple(entry.get("ground", ())),
        seal=entry["seal"],
    )
    issuers = whole.get("issuers") or {}
    return CertificateType(
        code=code,
        name_zh=entry["name_zh"],
        name_en=entry.get("name_en", ""),
        type_code=entry["type_code"],
        number=entry["number"],
        serial_digits=int(entry.get("serial_digits", 5)),
        issuers={one: issuers[one] for one in entry["issuers"]},
        seal=entry["seal"],
        layer=entry.get("layer") or "",
        valid_years=entry.get("valid_years"),
        on_change=entry.get("on_change", "same_number"),
        ground=template.paragraphs,
        fields=fields,
        from_holder=frozenset(one["name"] for one in entry["fields"] if one.get("from") == "holder"),
        annexes=tuple(entry.get("annexes") or ()),
        notes=tuple(entry.get("notes") or ()),
        state_name=whole.get("state_name", ""),
        template=template,
    )
