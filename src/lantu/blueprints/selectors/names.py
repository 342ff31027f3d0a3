"""Names of the catalogue's things in the language of the page."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language

from lantu.accounts.models import Department


def name_of(row: Any) -> str:
    """The name of a region, layer, rule, code … in the current language; Chinese where there is no English one."""
    english = (get_language() or "").startswith("en")
    return str((getattr(row, "name_en", "") if english else "") or row.name_zh)


def department_names() -> dict[str, str]:
    """Code → short name of every department, those that are no more too."""
    return {department.code: str(department) for department in Department.objects.all()}
