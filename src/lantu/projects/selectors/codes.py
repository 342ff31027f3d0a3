"""Finding a project by a code, whoever gave it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from lantu.core.errors import NotFound
from lantu.projects.models import Project


def by_any_code(code: str) -> Project:
    """The project of our own code, else of another issuer's that is not voided. Raises ``NotFound``."""
    rows = Project.objects.select_related("region", "department")
    found = rows.filter(code=code).first() or rows.filter(aliases__code=code, aliases__voided_reason="").first()
    if found is None:
        raise NotFound(_("没有代码为 %(code)s 的项目。") % {"code": code}, how="/api/v1/projects/")
    return found
