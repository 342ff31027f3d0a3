"""A folder of ``.npy`` columns, written under a temporary name and renamed, read by memory mapping."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lantu.planar.arcs import Arcs, find_arcs
from lantu.planar.errors import PlanarError
from lantu.planar.facts import find_facts
from lantu.planar.lookup import FaceIndex, build_index
from lantu.planar.model import Faces, PatchFacts, RingLayer

META = "meta.json"
FACE_COLUMNS = ("xy", "ring_start", "face_start", "label", "area2", "neighbour", "border", "twin")
INDEX_COLUMNS = ("box", "cell_start", "cell_face", "frame")
ARC_COLUMNS = ("start", "link", "face", "sum2")
LAYER_COLUMNS = ("xy", "ring_start", "patch_start")
FACT_COLUMNS = ("box", "name")


def write_columns(folder: Path, columns: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> None:
    """Write all columns and ``meta.json``; ``folder`` appears complete or not at all.

    A folder that is already there is left as it is: the name is the digest of the content.
    """
    if folder.exists():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name[:40]}-", dir=folder.parent))
    try:
        for name, column in columns.items():
            np.save(temporary / f"{name}.npy", np.ascontiguousarray(column), allow_pickle=False)
        (temporary / META).write_text(json.dumps(dict(meta), ensure_ascii=False, indent=1, sort_keys=True), encoding="utf-8")
        temporary.chmod(0o755)
        for path in [*temporary.iterdir(), temporary]:
            _flush(path)
        try:
            temporary.rename(folder)
        except OSError:
            if not folder.exists():  # else another writer was faster with the same content
                raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_column(folder: Path, name: str) -> NDArray[Any]:
    """One column, memory-mapped read-only (an empty one cannot be mapped and is read)."""
    path = folder / f"{name}.npy"
    if not path.is_file():
        raise PlanarError("store", f"column {name} is missing in {folder.name}")
    column: NDArray[Any] = np.load(path, allow_pickle=False)[:] if _empty(path) else np.load(path, mmap_mode="r", allow_pickle=False)
    return column.view(np.ndarray)


def column_file(column: NDArray[Any]) -> Path | None:
    """The file that a column was mapped from as a whole; None for one that is in memory."""
    owner: Any = column
    while owner is not None and not isinstance(owner, np.memmap):
        owner = getattr(owner, "base", None)
    if owner is None or owner.filename is None or owner.shape != column.shape or owner.dtype != column.dtype:
        return None
    return Path(owner.filename)


def _empty(path: Path) -> bool:
    with path.open("rb") as stream:
        np.lib.format.read_magic(stream)
        shape = np.lib.format.read_array_header_1_0(stream)[0]
    return 0 in shape


def read_meta(folder: Path) -> dict[str, Any]:
    """What was written beside the columns."""
    path = folder / META
    if not path.is_file():
        raise PlanarError("store", f"{folder.name} is no store")
    meta: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return meta


def write_faces(folder: Path, faces: Faces, meta: Mapping[str, Any] | None = None) -> None:
    """Write a partition with its index and its arcs."""
    index, arcs = build_index(faces), find_arcs(faces)
    columns = {name: getattr(faces, name) for name in FACE_COLUMNS} | {name: getattr(index, name) for name in INDEX_COLUMNS}
    columns |= {f"arc_{name}": getattr(arcs, name) for name in ARC_COLUMNS}
    write_columns(folder, columns, {**(meta or {}), "kind": "faces", "label_sets": [list(labels) for labels in faces.label_sets]})


def read_faces(folder: Path) -> Faces:
    """Open a partition without reading it: columns are mapped and come in as they are used."""
    meta = _meta_of(folder, "faces")
    columns = {name: read_column(folder, name) for name in FACE_COLUMNS}
    return Faces(**columns, label_sets=tuple(tuple(labels) for labels in meta["label_sets"]))


def read_index(folder: Path) -> FaceIndex:
    """Open the index of a partition without reading it."""
    _meta_of(folder, "faces")
    return FaceIndex(**{name: read_column(folder, name) for name in INDEX_COLUMNS})


def read_arcs(folder: Path) -> Arcs:
    """Open the arcs of a partition without reading them; of one that was written without, they are found."""
    _meta_of(folder, "faces")
    if not (folder / "arc_start.npy").is_file():
        return find_arcs(read_faces(folder))
    return Arcs(**{name: read_column(folder, f"arc_{name}") for name in ARC_COLUMNS})


def write_layer(folder: Path, layer: RingLayer, meta: Mapping[str, Any] | None = None) -> None:
    """Write the rings of one layer, and what ``refuse`` asks of its patches."""
    facts = find_facts(layer)
    columns = {name: getattr(layer, name) for name in LAYER_COLUMNS} | {f"patch_{name}": getattr(facts, name) for name in FACT_COLUMNS}
    write_columns(folder, columns, {**(meta or {}), "kind": "rings"})


def read_layer(folder: Path) -> RingLayer:
    """Open a layer without reading it; one that was written by an older version comes without ``facts``."""
    _meta_of(folder, "rings")
    known = (folder / "patch_name.npy").is_file()
    facts = PatchFacts(**{name: read_column(folder, f"patch_{name}") for name in FACT_COLUMNS}) if known else None
    return RingLayer(**{name: read_column(folder, name) for name in LAYER_COLUMNS}, facts=facts)


def _meta_of(folder: Path, kind: str) -> dict[str, Any]:
    meta = read_meta(folder)
    if meta.get("kind") != kind:
        raise PlanarError("store", f"{folder.name} holds {meta.get('kind')}, not {kind}")
    return meta
