"""Features of a living layer from a file: all of them or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from lantu.core.actor import Actor
from lantu.core.audit import remark
from lantu.core.errors import BadInput, LantuError
from lantu.core.verbs import verb
from lantu.plans import readers
from lantu.plans.models import LivingFeature
from lantu.plans.permissions import NEED_PLANNER, may_bring
from lantu.plans.services.intake import checked_transform, plain
from lantu.plans.services.living import register_living
from lantu.plans.services.mapping import text_of
from lantu.standards import selectors

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class LivingFile:
    """A file and how to read it. ``id_field``, ``name_field``: source fields; without an identity the row number is taken."""

    source: Sequence[readers.NamedFile]
    layer: str | None = None
    epsg: int | None = None
    id_field: str = ""
    name_field: str = ""


@verb("plans.register_living_file", permission=may_bring, need=NEED_PLANNER)
def register_living_file(
    actor: Actor, layer_code: str, file: LivingFile, *, valid_from: date, document_no: str = "", demo: bool = False
) -> list[LivingFeature]:
    """Register every feature of a file; nothing is kept unless all can be. Raises ``BadInput`` naming the rows that cannot."""
    features, problems = [], []
    rows = geometries(file)
    for row, geometry in rows:
        identity = text_of(row.attributes.get(file.id_field)) or f"{document_no or layer_code}#{row.row}"
        try:
            features.append(
                register_living(
                    actor,
                    layer_code,
                    identity,
                    geometry,
                    name=text_of(row.attributes.get(file.name_field))[:200],
                    valid_from=valid_from,
                    document_no=document_no,
                    attributes=plain(row.attributes),
                    demo=demo,
                )
            )
        except LantuError as error:
            problems.append(_("第 %(row)s 行：%(why)s") % {"row": row.row, "why": error.what})
    if problems:
        raise BadInput(
            _("%(n)s 个要素不能登记，一个也没有登记。") % {"n": len(problems)},
            where="\n".join(problems[:_SHOWN]),
            how=_("请改正后重新上传。"),
            problems=problems,
        )
    remark(features=[feature.pk for feature in features])
    return features


def geometries(file: LivingFile) -> list[tuple[readers.SourceFeature, BaseGeometry]]:
    """The features of a file with their geometry in the statutory system. Raises ``BadInput`` for what cannot be read or placed."""
    layers = readers.inspect(file.source, city=selectors.city_extent(), allowed=selectors.accepted_frames())
    chosen = [layer for layer in layers if file.layer in (None, "", layer.name)]
    if len(chosen) != 1:
        names = "、".join(layer.name for layer in layers)
        raise BadInput(_("文件里有 %(n)s 个图层，要选一个。") % {"n": len(layers)}, where=names, how=_("请指明图层。"))
    guess = chosen[0].frame
    epsg = file.epsg or (guess.frame.epsg if guess and guess.frame else None)
    if epsg is None:
        evidence = "；".join(guess.evidence) if guess else ""
        raise BadInput(_("认不出坐标系。"), where=evidence, how=_("请核对后指明坐标系（EPSG 代码）。"))
    found = [feature for batch in readers.read(file.source, chosen[0].name) for feature in batch]
    if bad := [feature for feature in found if feature.problem or feature.geometry is None]:
        where = "\n".join(_("第 %(row)s 行：%(why)s") % {"row": one.row, "why": one.problem or ""} for one in bad[:_SHOWN])
        raise BadInput(_("%(n)s 个要素的图形不能用。") % {"n": len(bad)}, where=where, how=_("请在源数据中改正。"))
    moved = checked_transform(epsg).geometries(np.array([feature.geometry for feature in found], dtype=object))
    return list(zip(found, moved, strict=True))
