"""Publishing the item catalogue."""

from __future__ import annotations

import hashlib
import json

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.accounts.models import Department
from lantu.approvals.catalogue import validate
from lantu.approvals.models import DefinitionRelease
from lantu.core.actor import Actor
from lantu.core.audit import remark
from lantu.core.errors import BadInput, Conflict
from lantu.core.events import emit
from lantu.core.permissions import has_role
from lantu.core.verbs import verb
from lantu.standards import selectors
from lantu.standards.models import PackPart, PackVersion

NEED = gettext_lazy("须由系统管理员发布。")


@verb("approvals.publish_definition", permission=has_role("sysadmin"), need=NEED)
def publish_definition(actor: Actor) -> DefinitionRelease:
    """Publish the catalogue of the pack in force as a release (发布事项库); the same content again gives the release there is.

    Raises ``Conflict`` when the pack has none, ``BadInput`` with every error that the validator finds.
    """
    pack = PackVersion.objects.select_for_update().get(pk=selectors.pack().pk)
    part = PackPart.objects.filter(pack=pack, name="approvals").first()
    if part is None:
        raise Conflict(_("城市包里没有事项库（approvals.yaml）。"), how=_("请在城市包里给出并装入。"))
    findings = validate(part.content, set(Department.objects.values_list("code", flat=True)))
    if errors := [one.message for one in findings if one.level == "error"]:
        raise BadInput(_("事项库有 %(n)s 处错误，没有发布。") % {"n": len(errors)}, where="\n".join(errors[:50]), how=_("请逐处改正。"))
    digest = hashlib.sha256(json.dumps(part.content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    known = DefinitionRelease.objects.filter(digest=digest).first()
    DefinitionRelease.objects.filter(state=DefinitionRelease.State.PUBLISHED).update(state=DefinitionRelease.State.OUTDATED)
    if known is None:
        last = DefinitionRelease.objects.order_by("-number").values_list("number", flat=True).first() or 0
        known = DefinitionRelease(
            number=last + 1, version=str(part.content.get("version", "")), pack=pack, digest=digest, content=part.content
        )
        known.warnings = [one.message for one in findings if one.level != "error"]
        known.published_by = actor.name
    known.state = DefinitionRelease.State.PUBLISHED
    known.save()
    remark(number=known.number, digest=digest, warnings=len(known.warnings))
    emit(actor, "approvals.definition_published", known, number=known.number)
    return known


def in_force() -> DefinitionRelease:
    """The release in force. Raises ``Conflict`` when none is published."""
    found = DefinitionRelease.objects.filter(state=DefinitionRelease.State.PUBLISHED).first()
    if found is None:
        raise Conflict(_("事项库还没有发布。"), how=_("请系统管理员发布事项库。"))
    return found
