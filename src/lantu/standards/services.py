"""Verbs of the standards room: loading and writing out a city pack."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.accounts.roles import is_sysadmin
from lantu.accounts.services import save_departments, save_regions
from lantu.core.actor import Actor
from lantu.core.audit import remark
from lantu.core.errors import BadInput
from lantu.core.events import emit
from lantu.core.verbs import verb
from lantu.standards.models import (
    CalendarDay,
    CalendarRelease,
    Code,
    CodeSystem,
    Crosswalk,
    CrosswalkRow,
    LayerDefinition,
    PackPart,
    PackVersion,
    Rule,
)
from lantu.standards.pack.checks import check
from lantu.standards.pack.content import Content, color, items, pairs, parse
from lantu.standards.pack.files import Report, Table, digest_of, read_folder

NEED = gettext_lazy("须由系统管理员办理。")
Tell = Callable[[float, str], None]


def read_pack(folder: Path) -> tuple[dict[str, str], Content]:
    """Read and check a pack folder. Raises ``BadInput`` whose ``values["problems"]`` lists every problem with file and line."""
    report = Report()
    texts = read_folder(folder, report)
    content = parse(texts, report) if texts else None
    if content is not None and not report.problems:
        check(content, report)
    if content is None or report.problems:
        problems = [str(problem) for problem in report.problems]
        raise BadInput(
            _("城市包有 %(n)s 处问题，没有装入。") % {"n": len(problems)},
            where="\n".join(problems[:50]),
            how=_("请逐处改正后再装入；已装入的版本不受影响。"),
            code="bad-pack",
            problems=problems,
        )
    return texts, content


@verb("standards.load_pack", permission=is_sysadmin, need=NEED)
def load_pack(actor: Actor, folder: Path, tell: Tell = lambda share, step: None) -> PackVersion:
    """Load a pack folder as the version in force; the same content again only puts that version in force.

    Everything is checked first; nothing is half-loaded. What an earlier version holds is never edited: a new version has its own rows.
    Raises ``BadInput`` with every problem, also when the version number is already taken by other content.
    """
    tell(0.0, "read")
    texts, content = read_pack(folder)
    digest = digest_of(texts)
    data = content.pack.data
    known = PackVersion.objects.filter(digest=digest).first()
    remark(city=data["code"], version=str(data["version"]), digest=digest, new=known is None)
    if known is None:
        taken = PackVersion.objects.filter(city=data["code"], version=str(data["version"])).first()
        if taken:
            raise BadInput(
                _("%(city)s %(version)s 已经装入过，内容不同。") % {"city": data["name_zh"], "version": data["version"]},
                where="pack.yaml: version",
                how=_("内容改了，请在 pack.yaml 里换一个版本号。"),
            )
        known = _write(actor, texts, content, digest, tell)
    PackVersion.objects.filter(in_force=True).exclude(pk=known.pk).update(in_force=False)
    if not known.in_force:
        known.in_force = True
        known.save(update_fields=["in_force"])
        emit(actor, "standards.pack_in_force", known, city=known.city, version=known.version)
    _save_organisation(actor, content)
    tell(1.0, "done")
    return known


@verb("standards.export_pack", permission=is_sysadmin, need=NEED, subject="pack")
def export_pack(actor: Actor, pack: PackVersion, folder: Path) -> list[Path]:
    """Write the files of a version into an empty folder; loading them gives the same digest. Returns the paths."""
    if folder.exists() and any(folder.iterdir()):
        raise BadInput(_("文件夹 %(folder)s 不是空的。") % {"folder": folder}, how=_("请给一个新的或空的文件夹。"))
    written = []
    for part in pack.parts.filter(name__startswith="file:").order_by("name"):
        path = folder / part.name.removeprefix("file:")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(part.content["text"], encoding="utf-8", newline="\n")
        written.append(path)
    remark(folder=str(folder), files=len(written))
    return written


def _write(actor: Actor, texts: dict[str, str], content: Content, digest: str, tell: Tell) -> PackVersion:
    data = content.pack.data
    pack = PackVersion.objects.create(
        city=data["code"],
        name_zh=data["name_zh"],
        name_en=data.get("name_en", ""),
        version=str(data["version"]),
        digest=digest,
        demo=bool(data.get("demo")),
        settings=data,
    )
    parts: dict[str, Any] = {f"file:{name}": {"text": text} for name, text in texts.items()}
    parts["tolerances"] = content.tolerances.data
    parts["approval_chain"] = content.approval_chain.data
    parts["dictionaries"] = content.dictionaries.data
    parts |= {name.removesuffix(".yaml"): tree.data for name, tree in content.more.items()}
    parts["plans"] = content.layers.data.get("plans", {})
    parts["tables"] = {
        table.meta.get("name", table.file): {
            "meta": table.meta,
            "rows": [{**row, "to_codes": items(row["to_codes"])} for row in table.rows],
        }
        for table in content.tables
    }
    PackPart.objects.bulk_create([PackPart(pack=pack, name=name, content=value) for name, value in parts.items()])
    tell(0.3, "codes")
    systems = {table.meta["system"]: _code_system(pack, table) for table in content.code_systems}
    for table in content.crosswalks:
        _crosswalk(pack, table)
    tell(0.6, "layers")
    _layers(pack, content, systems)
    _rules(pack, content)
    tell(0.8, "calendar")
    for table in content.calendars:
        _calendar(pack, table)
    return pack


def _code_system(pack: PackVersion, table: Table) -> CodeSystem:
    meta, quiet = table.meta, Report()
    system = CodeSystem.objects.create(
        pack=pack,
        system=meta["system"],
        version=meta["version"],
        name_zh=meta["name_zh"],
        name_en=meta.get("name_en", ""),
        matching=meta["match"],
        meta=meta,
    )
    Code.objects.bulk_create(
        Code(
            system=system,
            code=row["code"],
            parent_code=row["parent"],
            name_zh=row["name_zh"],
            name_en=row["name_en"],
            construction=row["construction"],
            group=row["group"],
            color=color(row["color"], table.file, 0, quiet),
            traits=pairs(row["traits"], table.file, 0, quiet),
            order=order,
        )
        for order, row in enumerate(table.rows)
    )
    return system


def _crosswalk(pack: PackVersion, table: Table) -> None:
    meta = table.meta
    crosswalk = Crosswalk.objects.create(
        pack=pack, name=meta.get("name", table.file), title_zh=meta.get("name_zh", ""), source=meta["from_system"], target=meta["to_system"]
    )
    CrosswalkRow.objects.bulk_create(
        CrosswalkRow(crosswalk=crosswalk, source_code=row["from_code"], target_code=code, relation=row["relation"], note=row["note"][:300])
        for row in table.rows
        for code in items(row["to_codes"]) or [""]
    )


def _layers(pack: PackVersion, content: Content, systems: dict[str, CodeSystem]) -> None:
    plans = content.layers.data.get("plans", {})
    kept = {
        "name_zh",
        "name_en",
        "plan",
        "owner",
        "geometry",
        "code_system",
        "coverage",
        "living",
        "scale",
        "strength",
        "id_field",
        "code_field",
    }
    kept |= {"fields", "style", "update_cycle", "security", "sharing", "order"}
    LayerDefinition.objects.bulk_create(
        LayerDefinition(
            pack=pack,
            code=code,
            name_zh=layer["name_zh"],
            name_en=layer.get("name_en", ""),
            plan=layer["plan"],
            plan_name_zh=plans[layer["plan"]]["name_zh"],
            owner=layer["owner"],
            geometry_kind=layer["geometry"],
            code_system=systems.get(layer.get("code_system") or ""),
            is_coverage=bool(layer.get("coverage")),
            is_living=bool(layer.get("living")),
            scale=layer["scale"],
            strength=layer["strength"],
            id_field=layer.get("id_field") or "",
            code_field=layer.get("code_field") or "",
            schema=layer.get("fields") or [],
            style=layer.get("style") or {},
            update_cycle=layer.get("update_cycle") or "",
            security=layer.get("security") or "public",
            sharing=layer.get("sharing") or "",
            order=layer["order"],
            meta={key: value for key, value in layer.items() if key not in kept},
        )
        for code, layer in content.layers.data.get("layers", {}).items()
    )


def _rules(pack: PackVersion, content: Content) -> None:
    kept = {"name_zh", "name_en", "kind", "order", "severity", "direction_zh", "when", "names"}
    Rule.objects.bulk_create(
        Rule(
            pack=pack,
            code=code,
            name_zh=rule["name_zh"],
            name_en=rule.get("name_en", ""),
            kind=rule["kind"],
            severity=rule["severity"],
            direction_zh=rule.get("direction_zh", ""),
            when=rule.get("when") or {},
            names=rule.get("names") or [],
            order=rule["order"],
            meta={key: value for key, value in rule.items() if key not in kept},
        )
        for code, rule in content.rules.data.get("rules", {}).items()
    )


def _calendar(pack: PackVersion, table: Table) -> None:
    """A calendar file as a release of its own; the same content again (in a later pack version) keeps the release it has."""
    digest = digest_of({table.file: repr((sorted(table.meta.items()), table.rows))})
    if CalendarRelease.objects.filter(digest=digest).exists():
        return
    last = CalendarRelease.objects.order_by("-number").values_list("number", flat=True).first() or 0
    meta = table.meta
    release = CalendarRelease.objects.create(
        pack=pack,
        number=last + 1,
        digest=digest,
        note=meta.get("name", ""),
        years=[meta["known_from"], meta["known_to"], meta.get("week_off", "6;7")],
    )
    CalendarDay.objects.bulk_create(
        CalendarDay(release=release, day=date.fromisoformat(row["date"]), is_off=row["kind"] == "off", name=row["name_zh"])
        for row in table.rows
    )


def _save_organisation(actor: Actor, content: Content) -> None:
    def when(value: str) -> date | None:
        return date.fromisoformat(value) if value else None

    def row_of(row: dict[str, str]) -> dict[str, Any]:
        return {**row, "valid_from": when(row["valid_from"]), "valid_to": when(row["valid_to"])}

    regions = [
        {**row_of(row), "is_functional_zone": row["is_functional_zone"] == "yes", "geometry": content.outlines.get(row["code"])}
        for row in content.regions.rows
    ]
    save_regions(actor, regions)
    save_departments(actor, [{**row_of(row), "successors": items(row["successors"])} for row in content.departments.rows])
