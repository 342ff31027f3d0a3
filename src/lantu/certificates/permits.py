"""What the approvals room asks of this one: certificates for what was granted (its port ``permit_offices``)."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext as _

from lantu.approvals.permits import Permit, PermitField, PermitOrder
from lantu.blueprints.models import BlueprintRelease
from lantu.certificates.models import NEVER_ISSUED, Certificate, CertificateEvent, CertificateState
from lantu.certificates.services import Grant, change_certificate, drop_certificate, issue_together, prepare_certificate, set_state
from lantu.certificates.types import certificate_type
from lantu.core import files
from lantu.core.actor import Actor
from lantu.core.errors import Conflict, NotFound
from lantu.documents.models import Seal
from lantu.documents.services.seal_use import why_not


class Certificates:
    """The certificates room as ``approvals.permits.PermitOffice``."""

    def fields(self, type_code: str) -> list[PermitField]:
        of = certificate_type(type_code)
        return [PermitField(one.name, one.title, one.required) for one in of.fields if one.name not in of.from_holder]

    def prepare(self, actor: Actor, order: PermitOrder) -> Permit:
        application, wanted = order.application, {one.name for one in self.fields(order.type)}
        grant = Grant(
            type=order.type,
            key=order.key,
            holder_name=order.holder_name,
            holder_code=order.holder_code,
            data={name: value for name, value in order.data.items() if name in wanted},
            subject=application,
            subject_title=f"{application.project.name}　{application.number}",
            item=order.item,
            project_code=application.project.code,
            geometry=order.geometry if getattr(order.geometry, "geom_type", "") in ("Polygon", "MultiPolygon") else None,
            release=_release(),
            demo=application.project.demo or None,
        )
        return _permit(prepare_certificate(actor, grant))

    def issue_together(self, actor: Actor, references: Sequence[str]) -> list[Permit]:
        rows = [_find(one) for one in references]
        return [_permit(one) for one in issue_together(actor, [(row, _seal(actor, row)) for row in rows])]

    def permit(self, reference: str) -> Permit:
        return _permit(_find(reference))

    def content(self, reference: str) -> bytes:
        row = _find(reference)
        if row.pdf is None:
            raise NotFound(_("这件证照还没有发出。"), where=str(row))
        return files.path_of(row.pdf).read_bytes()

    def revoke(self, actor: Actor, reference: str, reason: str, basis: str) -> None:
        for row in _with_successors(_find(reference)):
            if row.state == CertificateState.PREPARED:
                drop_certificate(actor, row, reason=reason)
            elif row.state_on() in (CertificateState.VALID, CertificateState.SUSPENDED, CertificateState.LAPSED):
                set_state(actor, row, CertificateEvent.Operation.REVOKE, reason=reason, basis=basis)

    def correct(self, actor: Actor, reference: str, data: dict[str, str], *, key: str, reason: str, basis: str) -> Permit:
        row = _find(reference)
        kept = {one.name for one in self.fields(row.type)}
        changed = {name: value for name, value in data.items() if name in kept}
        return _permit(change_certificate(actor, row, key=key, reason=reason, basis=basis, data=changed))


def _find(reference: str) -> Certificate:
    row = Certificate.objects.filter(pk=reference).first() if reference.isdigit() else None
    if row is None:
        raise NotFound(_("没有这件证照。"), where=reference)
    return row


def _with_successors(first: Certificate) -> list[Certificate]:
    """A certificate and what was prepared or issued in its place, the newest first: in this order issuing locks them too."""
    found = [first]
    while later := list(Certificate.objects.filter(predecessor=found[0]).exclude(state=CertificateState.DROPPED)[:1]):
        found = [*later, *found]
    return found


def _release() -> BlueprintRelease | None:
    """The blueprint in force, which the decision rests on."""
    return BlueprintRelease.objects.filter(state=BlueprintRelease.State.PUBLISHED).order_by("-published_at").first()


def _seal(actor: Actor, row: Certificate) -> Seal:
    """A seal of the kind and department that the certificate takes and that the actor may use. Raises ``Conflict`` when there is none."""
    kind = certificate_type(row.type, row.pack).seal
    rows = Seal.objects.filter(kind=kind, department=row.department).order_by("code")
    found = next((seal for seal in rows if not why_not(actor, seal, row.type)), None)
    if found is None:
        raise Conflict(
            _("您没有可用于「%(type)s」的%(kind)s。") % {"type": row.title, "kind": Seal.Kind(kind).label},
            where=row.issuer_name,
            how=_("请安全保密管理员登记印章并授权。"),
        )
    return found


def _permit(row: Certificate) -> Permit:
    issued = row.state not in NEVER_ISSUED
    return Permit(str(row.pk), row.number, row.title, reverse("certificates:certificate", args=[row.pk]), issued)
