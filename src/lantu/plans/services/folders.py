"""Plan folders: files beside a ``metadata.yaml`` that says what they are, brought in by the same verbs as through the pages.

``metadata.yaml``: ``name``, ``layer``, ``owner``, ``scale``, ``document_no``, ``document_date``, ``valid_from``, ``valid_to``, ``demo``,
``files``, ``source_layer``, ``encoding``, ``epsg``, ``datum`` (name of a parameter
set), ``swap``, ``fields`` (id, code, area → source field, area_unit),
``codes`` (source value → catalogue code), and the metadata ``abstract``, ``purpose``, ``method``, ``data_date``, ``accuracy_m``,
``licence``, ``security``, ``contact``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import gettext as _

from lantu.core.actor import Actor
from lantu.core.errors import BadInput
from lantu.plans.models import PlanDataset, PlanRelease
from lantu.plans.services.bulk import TABLES, Choices, DatasetSpec, Tell, import_file
from lantu.plans.services.metadata import FIELDS, as_date, describe_dataset
from lantu.standards.pack.files import parsed

METADATA = "metadata.yaml"
_DATES = ("document_date", "valid_from", "valid_to")


def plan_folders(root: Path) -> list[Path]:
    """The folders with a ``metadata.yaml`` under ``root`` (or ``root`` itself), in order of name."""
    return sorted(path.parent for path in root.rglob(METADATA))


def is_released(folder: Path) -> bool:
    """Whether every dataset of the folder already has a release in force."""
    facts = _facts(folder)
    found = PlanDataset.objects.filter(layer_code=facts["layer"], name__in=[name for name, _files in _parts(folder, facts)])
    released = found.filter(releases__state=PlanRelease.State.RELEASED).distinct().count()
    return released == len(_parts(folder, facts))


def import_folder(
    actor: Actor,
    folder: Path,
    *,
    checker: Actor | None = None,
    waive_reason: str = "",
    unclassified: bool = False,
    tell: Tell = lambda share, step: None,
) -> list[PlanRelease]:
    """Bring a plan folder in and release it; tables (.xlsx, .csv) become datasets of their own. Raises ``LantuError``.

    ``checker`` with ``waive_reason``: waives what errors remain. ``unclassified``: take features with unknown codes in as unclassified.
    """
    facts = _facts(folder)
    choices = Choices(
        layer=facts.get("source_layer"),
        encoding=_encoding(facts),
        epsg=facts.get("epsg"),
        datum=str(facts.get("datum") or ""),
        swap=bool(facts.get("swap")),
        fields={key: value for key, value in (facts.get("fields") or {}).items() if key in ("id", "code", "area", "area_unit")},
        codes={str(key): str(value) for key, value in (facts.get("codes") or {}).items()},
        unclassified=unclassified or bool(facts.get("unclassified")),
        checker=checker,
        waive_reason=waive_reason,
    )
    parts = _parts(folder, facts)
    words = {key: facts[key] for key in FIELDS if facts.get(key) is not None}
    if "data_date" in words:
        words["data_date"] = as_date(words["data_date"])
    releases = []
    for number, (name, paths) in enumerate(parts):
        spec = DatasetSpec(facts["layer"], name, **_spec(facts))
        releases.append(import_file(actor, spec, paths, choices, part_of(tell, number, len(parts))))
        if words:
            describe_dataset(actor, releases[-1].dataset, **words)
    return releases


def part_of(tell: Tell, number: int, count: int) -> Tell:
    """Progress of one of several parts."""
    return lambda share, step: tell((number + share) / count, step)


def _facts(folder: Path) -> dict[str, Any]:
    try:
        facts = parsed((folder / METADATA).read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise BadInput(_("读不了 %(file)s。") % {"file": METADATA}, where=f"{folder.name}: {error}", how=_("请核对文件。")) from error
    missing = [key for key in ("name", "layer", "files") if not (isinstance(facts, dict) and facts.get(key))]
    if missing:
        raise BadInput(
            _("%(file)s 缺少 %(keys)s。") % {"file": METADATA, "keys": "、".join(missing)}, where=folder.name, how=_("请补上后再导入。")
        )
    return dict(facts)


def _parts(folder: Path, facts: dict[str, Any]) -> list[tuple[str, Sequence[Path]]]:
    """(dataset name, its files): each table is a dataset of its own, all other files are one."""
    paths = [folder / name for name in facts["files"]]
    tables = [path for path in paths if path.suffix.lower() in TABLES]
    others = [path for path in paths if path not in tables]
    parts: list[tuple[str, Sequence[Path]]] = [(str(facts["name"]), others)] if others else []
    return parts + [(f"{facts['name']}·{path.stem}", [path]) for path in tables]


def _spec(facts: dict[str, Any]) -> dict[str, Any]:
    dates = {key: as_date(facts.get(key)) for key in _DATES}
    values = {key: facts[key] for key in ("plan_name", "owner", "scale", "document_no", "demo") if facts.get(key) is not None}
    return {**values, **dates}


def _encoding(facts: dict[str, Any]) -> str | None:
    return str(facts["encoding"]) if facts.get("encoding") else None
