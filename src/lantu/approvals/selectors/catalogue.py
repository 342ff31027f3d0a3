"""Releases of the catalogue and the draft, as pages, API and command line show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from lantu.approvals.catalogue import read
from lantu.approvals.catalogue.definition import Definition
from lantu.approvals.catalogue.text import FILE, Checked, check_text
from lantu.approvals.models import CatalogueDraft, DefinitionRelease, Draft, StageApplication
from lantu.approvals.services.cataloguing import OPEN, departments
from lantu.casework.policy import PauseKind
from lantu.casework.policy import read as read_policy
from lantu.core.errors import NotFound
from lantu.standards.models import PackVersion

DRAFT = "draft"


@dataclass(frozen=True)
class Shown:
    """A release or the draft. ``key`` as in addresses: the release's number or ``draft``."""

    key: str
    title: str
    content: Mapping[str, Any]
    definition: Definition
    pack: PackVersion
    text: str
    release: DefinitionRelease | None = None
    draft: CatalogueDraft | None = None


def releases() -> QuerySet[DefinitionRelease]:
    """All releases, newest first, with how many cases and drafts rest on each."""
    rows = DefinitionRelease.objects.select_related("pack").defer("content")
    return rows.annotate(cases=_many(StageApplication), begun=_many(Draft)).order_by("-number")


def _many(model: type[StageApplication] | type[Draft]) -> Coalesce:
    """How many of them rest on a release, each table counted by itself."""
    counted = model.objects.filter(definition=OuterRef("pk")).order_by().values("definition").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)


def open_draft() -> CatalogueDraft | None:
    """The draft that is under way."""
    return CatalogueDraft.objects.select_related("base").filter(state__in=OPEN).first()


def published() -> DefinitionRelease | None:
    """The release in force."""
    return DefinitionRelease.objects.filter(state=DefinitionRelease.State.PUBLISHED).first()


def find(key: str) -> Shown:
    """The release of a number, the one in force (``current``), or the draft. Raises ``NotFound``, also for a draft that cannot be read."""
    if key == DRAFT:
        draft = open_draft()
        checked = check_text(draft.text, departments()) if draft is not None else None
        if draft is None or checked is None:
            raise NotFound(_("现在没有编辑稿。"), how=_("请从事项库新建。"))
        if not readable(checked):
            raise NotFound(_("编辑稿的文件还读不出来。"), where=checked.findings[0].message, how=_("请先改正文件里的错误。"))
        title = _("编辑稿（起于 %(pack)s）") % {"pack": draft.base}
        return Shown(DRAFT, title, checked.content, read(checked.content), draft.base, draft.text, draft=draft)
    rows = DefinitionRelease.objects.select_related("pack")
    release = (published() if key == "current" else rows.filter(number=int(key)).first() if key.isdigit() else None) if key else None
    if release is None:
        raise NotFound(_("没有这一版事项库。"), how=_("请从事项库打开。"))
    title = _("事项库第 %(n)s 版（%(version)s）") % {"n": release.number, "version": release.version}
    return Shown(str(release.number), title, release.content, read(release.content), release.pack, file_of(release), release=release)


def readable(checked: Checked) -> bool:
    """Whether a definition can be made of a text, mistakes of content notwithstanding."""
    from lantu.approvals.catalogue import shape

    return bool(checked.content) and not any(True for _fault in shape.faults(checked.content))


def file_of(release: DefinitionRelease) -> str:
    """The file of a release as it was loaded. A pack without its texts gives the content written anew."""
    part = release.pack.parts.filter(name=f"file:{FILE}").first()
    if part is not None:
        return str(part.content["text"])
    import yaml

    return str(yaml.safe_dump(release.content, allow_unicode=True, sort_keys=False))


def special_procedures(pack: PackVersion) -> list[PauseKind]:
    """The special procedures (特别程序) of a pack: legal basis and the longest time of each."""
    part = pack.parts.filter(name="casework").first()
    return list(read_policy(part.content if part else {}).pauses.values())
