"""What a unit or a project holds already, for the room of approvals (its port ``holdings``): nobody is asked for it again."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q
from django.utils import timezone

from lantu.approvals.ports import Holding
from lantu.certificates.models import ExternalCertificate
from lantu.certificates.selectors import library

VALID = "01"


class CertificateHoldings:
    """Certificates issued here by any department, and those that certificate bases told before; valid today.

    A certificate that names a project counts for that project alone, whoever holds it; one without a project (营业执照 …) for its holder.
    """

    def held(self, title: str, holder_code: str, project_code: str) -> Sequence[Holding]:
        own = library().filter(title=title)
        of_unit = Q(project_code="", holder_code=holder_code) if holder_code else Q(pk__in=[])
        of_project = Q(project_code=project_code) if project_code else Q(pk__in=[])
        found = [
            Holding(row.title, row.number, row.issuer_name, row.valid_to, row.data, row.get_absolute_url())
            for row in own.filter(of_unit | of_project).order_by("-valid_from", "-pk")
        ]
        return found + self._elsewhere(title, holder_code, project_code)

    @staticmethod
    def _elsewhere(title: str, holder_code: str, project_code: str) -> list[Holding]:
        if not holder_code:
            return []
        today = timezone.localdate()
        rows = ExternalCertificate.objects.filter(holder_code=holder_code, type_name=title, state=VALID)
        rows = rows.filter(Q(valid_to=None) | Q(valid_to__gte=today))
        return [
            Holding(row.type_name, row.number, row.issuer_name, row.valid_to, row.data)
            for row in rows
            if str(row.data.get("project_code") or "") in ("", project_code)
        ]
