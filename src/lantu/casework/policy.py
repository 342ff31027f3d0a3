"""Settings of procedures that belong to the city: file ``casework.yaml`` of the pack, these defaults where it is silent."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import get_language

from lantu.standards.models import PackPart, PackVersion
from lantu.standards.pack.content import Content
from lantu.standards.pack.files import Report, Tree


@dataclass(frozen=True, slots=True)
class PauseKind:
    """A reason for which a clock may be stopped (特别程序): its legal basis and how long at most."""

    code: str
    name_zh: str
    name_en: str
    basis: str
    maximum: int
    unit: str = "working"

    @property
    def name(self) -> str:
        """The name in the language of the page."""
        return self.name_en if self.name_en and (get_language() or "").startswith("en") else self.name_zh


@dataclass(frozen=True, slots=True)
class Policy:
    """Domain.md 6.5 and 6.5b. ``near_share``/``near_days``: when a light turns yellow; ``reply_days``: working days to answer a
    consultation; ``remind_days``: working days before the due day on which a reminder goes out; ``silence``: the rule for consultations."""

    near_share: tuple[int, int] = (1, 3)
    near_days: int = 2
    reply_days: int = 5
    remind_days: int = 1
    silence: str = "none"
    pauses: dict[str, PauseKind] = field(default_factory=dict)


ART45 = "行政许可法第四十五条"
DEFAULT_PAUSES = {
    kind.code: kind
    for kind in (
        PauseKind("hearing", "听证", "Hearing", ART45, 20),
        PauseKind("inspection", "检验检测检疫鉴定", "Inspection, test or appraisal", ART45, 20),
        PauseKind("expert", "专家评审", "Expert review", ART45, 10),
        PauseKind("auction", "招标拍卖", "Tender or auction", ART45, 30),
    )
}


def policy() -> Policy:
    """The policy of the pack in force; the defaults when none is loaded."""
    pack = PackVersion.objects.filter(in_force=True).only("pk", "digest").first()
    return _policy(pack.pk, pack.digest) if pack else Policy(pauses=DEFAULT_PAUSES)


@functools.lru_cache(maxsize=8)
def _policy(pk: int, digest: str) -> Policy:
    part = PackPart.objects.filter(pack_id=pk, name="casework").first()
    return read(part.content if part else {})


def read(data: dict[str, Any]) -> Policy:
    """A policy from the file's content (checked when the pack was loaded)."""
    lights, asking = data.get("lights", {}), data.get("consultation", {})
    part, whole = lights.get("near_share", (1, 3))
    pauses = {
        code: PauseKind(code, row["name_zh"], row.get("name_en", ""), row["basis_zh"], int(row["maximum"]), row.get("unit", "working"))
        for code, row in data.get("pauses", {}).items()
    }
    return Policy(
        (int(part), int(whole)),
        int(lights.get("near_days", 2)),
        int(asking.get("reply_days", 5)),
        int(asking.get("remind_days", 1)),
        str(asking.get("silence", "none")),
        pauses or DEFAULT_PAUSES,
    )


def check(tree: Tree, content: Content, report: Report) -> None:
    """Check ``casework.yaml`` when a pack is loaded."""
    data = tree.data if isinstance(tree.data, dict) else {}
    share = data.get("lights", {}).get("near_share", (1, 3))
    if not (isinstance(share, list | tuple) and len(share) == 2 and all(isinstance(one, int) and one > 0 for one in share)):
        report.add(tree.file, tree.line("lights"), "near_share 应为 [分子, 分母]")
    if data.get("consultation", {}).get("silence", "none") not in ("none", "no_objection"):
        report.add(tree.file, tree.line("consultation"), "silence 应为 none 或 no_objection")
    for code, row in (data.get("pauses") or {}).items():
        line = tree.line("pauses", code)
        for key in ("name_zh", "basis_zh", "maximum"):
            if not row.get(key):
                report.add(tree.file, line, f"停计种类 {code} 缺少 {key}")
        if row.get("unit", "working") not in ("working", "calendar"):
            report.add(tree.file, line, f"停计种类 {code} 的 unit 应为 working 或 calendar")
