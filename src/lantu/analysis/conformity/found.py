"""A site by the number that people know it by: a plan patch, a parcel, a living feature, a finding."""

from __future__ import annotations

from django.utils.translation import gettext as _

from lantu.analysis.conformity.sites import Site
from lantu.analysis.partition import Basis
from lantu.blueprints.models import Finding
from lantu.blueprints.visibility import may_see
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, NotFound
from lantu.plans.models import PlanPatch
from lantu.plans.selectors import living_in_force


def by_number(basis: Basis, text: str, actor: Actor) -> Site:
    """The site with a number: ``C0101 GY000123``, ``GY000123``, ``D0201 项目号``, or ``#12`` for a finding of the run.

    Raises ``NotFound``, or ``BadInput`` naming the layers when several have it.
    """
    words = text.split()
    layers = basis.partition.catalogue.layers
    layer, number = (words[0], " ".join(words[1:])) if len(words) > 1 and words[0] in layers else ("", text.strip())
    if number.startswith("#") and number[1:].isdigit():
        finding = Finding.objects.filter(run=basis.run, number=int(number[1:])).first()
        if finding is not None:
            return Site(finding.geometry, "patch", _("图斑 %(n)s") % {"n": finding.number})
    patches = PlanPatch.objects.filter(release__in=basis.run.releases.all(), feature_id=number).select_related("release")
    found = [(row.release.layer_code, row.feature_id, row.geometry) for row in patches[:10]]
    found += [(row.layer_code, row.name or row.feature_id, row.geometry) for row in living_in_force().filter(feature_id=number)[:10]]
    found = [row for row in found if (not layer or row[0] == layer) and (row[0] not in layers or may_see(actor, layers[row[0]]))]
    if not found:
        raise NotFound(
            _("没有编号「%(number)s」的图斑或地块。") % {"number": text.strip()},
            how=_("请核对编号；可在前面加图层代码，如「C0101 GY000123」。"),
        )
    if len({row[0] for row in found}) > 1:
        names = "、".join(f"{code} {layers[code].name_zh}" if code in layers else code for code in sorted({row[0] for row in found}))
        raise BadInput(_("几个图层都有编号「%(number)s」。") % {"number": number}, where=names, how=_("请在编号前加图层代码。"))
    return Site(found[0][2], "patch", f"{found[0][0]} {found[0][1]}")
