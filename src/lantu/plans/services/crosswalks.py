"""The crosswalk workbench: source values to catalogue codes, with proposals by the likeness of names; kept per source and version."""

from __future__ import annotations

import difflib
import functools
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.core.actor import Actor
from lantu.core.audit import remark
from lantu.core.errors import BadInput, Conflict
from lantu.core.spreadsheets import write_xlsx
from lantu.core.verbs import verb
from lantu.plans.models import Delivery, SourceCrosswalk
from lantu.plans.permissions import NEED_PLANNER, may_bring
from lantu.plans.services.mapping import LEFT_OUT, UNCLASSIFIED, last_crosswalk, layer_info, map_as_said, text_of, with_codes
from lantu.plans.services.targets import read_table
from lantu.standards import selectors
from lantu.standards.codes import CodeTable

Tell = Callable[[float, str], None]
MOST_CANDIDATES = 3
_NOISE = re.compile(r"(用地|设施|区域|地块|其他|[（(][^）)]*[）)]|[A-Za-z0-9\s\-_/、，.]+)")
HOW_WORDS = {"saved": gettext_lazy("上次对照"), "code": gettext_lazy("代码相符"), "person": gettext_lazy("人工"), "": gettext_lazy("未定")}
"""Why a value is taken as it is."""
HEADS = ("来源值", "来源名称", "图斑数", "目标代码", "目标名称", "依据", "说明")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A code that a value may mean; ``likeness`` of the names, 0 to 1."""

    code: str
    name: str
    likeness: float


@dataclass(frozen=True, slots=True)
class Row:
    """A source value: its name in the source, how many features have it, what it is taken as and why (``how``: saved, code, name, person
    or empty while undecided), and what it may mean."""

    value: str
    name: str
    count: int
    target: str
    how: str
    words: str
    candidates: tuple[Candidate, ...] = ()

    @property
    def decided(self) -> bool:
        return bool(self.target)


def table_of(delivery: Delivery) -> CodeTable:
    """The code table of the delivery's layer. Raises ``Conflict`` for a layer without classes."""
    found = selectors.catalogue().table_of(selectors.layer(delivery.dataset.layer_code))
    if found is None:
        raise Conflict(_("这个图层没有分类代码。"), how=_("不用对照。"))
    return found


def threshold() -> float:
    """From which likeness on a candidate is proposed; from the pack."""
    return float((selectors.catalogue().tolerances.get("codes") or {}).get("propose", 0.6))


def name_fields(delivery: Delivery) -> list[str]:
    """Text fields of the source that may hold the name of the class, likely ones first."""
    names = [item["name"] for item in layer_info(delivery)["fields"] if item["kind"] == "text"]
    code = delivery.field_mapping.get("code")
    return sorted((name for name in names if name != code), key=lambda name: not re.search(r"MC$|名称|NAME|性质", name, re.IGNORECASE))


def workbench(delivery: Delivery, name_field: str = "") -> list[Row]:
    """All distinct source values with what they may mean, the undecided first, then by how many features they have."""
    table = table_of(delivery)
    return [
        row if row.decided else replace(row, candidates=tuple(candidates(table, row.name or row.value)))
        for row in _rows(delivery, name_field)
    ]


def _rows(delivery: Delivery, name_field: str) -> list[Row]:
    table = table_of(delivery)
    counts, names = _values(delivery, name_field)
    saved = last_crosswalk(delivery)
    given = delivery.code_mapping
    rows = [
        _row(table, value, names.get(value, ""), count=count, given=given.get(value, ""), saved=saved.get(value, ""))
        for value, count in counts.items()
    ]
    return sorted(rows, key=lambda row: (row.decided, -row.count, row.value))


def _values(delivery: Delivery, name_field: str) -> tuple[Counter[str], dict[str, str]]:
    counts: Counter[str] = Counter()
    names: dict[str, Counter[str]] = defaultdict(Counter)
    for value, attributes in with_codes(delivery).values_list("source_code", "attributes").iterator(chunk_size=2000):
        counts[value] += 1
        if name_field and (text := text_of(attributes.get(name_field))):
            names[value][text] += 1
    return counts, {value: found.most_common(1)[0][0] for value, found in names.items()}


def _row(table: CodeTable, value: str, name: str, *, count: int, given: str, saved: str) -> Row:
    plain = "/".join(code for code, _share in table.parse(value) or ())
    target, how = "", ""
    if given:
        target, how = given, "saved" if given == saved else "code" if given == plain else "person"
    elif saved:
        target, how = saved, "saved"
    elif plain:
        target, how = plain, "code"
    return Row(value, name, count, target, how, words_of(table, target))


def words_of(table: CodeTable, target: str) -> str:
    """A target in words, with shares when they are not equal."""
    if target == UNCLASSIFIED:
        return _("按未归类入库")
    if target == LEFT_OUT:
        return _("不入库")
    parsed = table.parse(target) if target else None
    if not parsed:
        return ""
    equal = len({round(share, 3) for _code, share in parsed}) == 1
    return "、".join(table.entries[code].name_zh + ("" if equal else f" {share:.0%}") for code, share in parsed)


def candidates(table: CodeTable, text: str) -> list[Candidate]:
    """The codes whose names are most like a text, best first; a mixed text is taken apart and each part looked for."""
    parts = [part for part in re.split(r"[/+、，,;；&兼与和及]+", text) if part.strip()]
    if len(parts) > 1:
        best = [found[0] for part in parts if (found := _like(table, part))]
        if len(best) == len(parts) and min(one.likeness for one in best) >= threshold():
            unique = list(dict.fromkeys(one.code for one in best))
            whole = Candidate(
                "/".join(unique), "、".join(table.entries[code].name_zh for code in unique), min(one.likeness for one in best)
            )
            return [whole, *_like(table, text)][:MOST_CANDIDATES]
    return _like(table, text)[:MOST_CANDIDATES]


def _like(table: CodeTable, text: str) -> list[Candidate]:
    wanted = _plain(text)
    if not wanted:
        return []
    least = threshold()
    scored = (Candidate(one.code, one.name_zh, likeness(wanted, _plain(one.name_zh))) for one in table.entries.values())
    good = [one for one in scored if one.likeness >= least]
    return sorted(good, key=lambda one: (-one.likeness, len(one.code), one.code))


@functools.lru_cache(maxsize=4096)
def _plain(name: str) -> str:
    """A name without what all names have; the name itself when nothing else is left of it."""
    return _NOISE.sub("", name) or name.strip()


def likeness(one: str, other: str) -> float:
    """How alike two names are, 0 to 1: pairs of characters they share (Dice), or the longest run in common, whichever says more."""
    if not one or not other:
        return 0.0
    if one == other:
        return 1.0
    pairs, others = _pairs(one), _pairs(other)
    dice = 2 * sum((pairs & others).values()) / max(pairs.total() + others.total(), 1)
    return max(dice, difflib.SequenceMatcher(None, one, other, autojunk=False).ratio() * 0.95)


def _pairs(text: str) -> Counter[str]:
    return Counter(text[i : i + 2] for i in range(len(text) - 1)) or Counter([text])


def checked_targets(table: CodeTable, targets: Mapping[str, str]) -> dict[str, str]:
    """The targets as they will be used. Raises ``BadInput`` that names every one that is no code."""
    wrong = [
        f"{value} → {target}"
        for value, target in targets.items()
        if target and target not in (UNCLASSIFIED, LEFT_OUT) and table.parse(target) is None
    ]
    if wrong:
        raise BadInput(
            _("有 %(n)s 个目标不是分类标准里的代码，或份额加起来不是 1。") % {"n": len(wrong)},
            where="；".join(wrong[:20]),
            how=_("写成 R2，或混合用地 R2:0.7/B1:0.3；? 为按未归类入库，- 为不入库。"),
        )
    return {value: target.strip() for value, target in targets.items()}


def decide(
    actor: Actor,
    delivery: Delivery,
    targets: Mapping[str, str],
    *,
    version: str = "",
    name_field: str = "",
    tell: Tell = lambda share, step: None,
) -> Delivery:
    """Take decisions over (source value → code(s), ``?``, ``-`` or empty), map again by them, and keep them as the crosswalk of the source.

    A value without a decision stays pending: it is never dropped. Raises ``BadInput``.
    """
    table = table_of(delivery)
    said = checked_targets(table, targets)
    done = map_as_said(actor, delivery, dict(delivery.field_mapping), delivery.code_mapping | said, tell=tell)
    save_crosswalk(actor, done, version=version, name_field=name_field)
    return done


@verb("plans.save_crosswalk", permission=may_bring, need=NEED_PLANNER)
def save_crosswalk(actor: Actor, delivery: Delivery, *, version: str = "", name_field: str = "") -> SourceCrosswalk:
    """Keep what a delivery's values are taken as, for this source and version (default: the number of the delivery)."""
    table = table_of(delivery)
    rows = _rows(delivery, name_field)
    made, _created = SourceCrosswalk.objects.update_or_create(
        dataset=delivery.dataset,
        version=version.strip()[:60] or str(_("第 %(n)s 次入库") % {"n": delivery.number}),
        defaults={
            "system": table.system,
            "rows": [{"value": row.value, "name": row.name, "target": row.target, "how": row.how} for row in rows],
            "saved_by_name": actor.name,
        },
    )
    remark(rows=len(rows), undecided=sum(not row.decided for row in rows))
    return made


def as_xlsx(rows: Iterable[Row], title: str) -> bytes:
    """The workbench as a spreadsheet: 目标代码 can be filled in and read back."""
    cells = [
        (
            row.value,
            row.name,
            row.count,
            row.target or "",
            row.words or "；".join(f"{one.code} {one.name}" for one in row.candidates),
            str(HOW_WORDS[row.how]),
            "",
        )
        for row in rows
    ]
    return write_xlsx(_heads(), cells, title=title, formats=[None, None, "0"], widths=[18, 24, 10, 20, 36, 12, 30])


def _heads() -> list[str]:
    return [_("来源值"), _("来源名称"), _("图斑数"), _("目标代码"), _("目标名称"), _("依据"), _("说明")]


def read_xlsx(data: bytes) -> dict[str, str]:
    """Source value → target of a filled spreadsheet (.xlsx or .csv). Raises ``BadInput`` when the columns are not there."""
    heads, rows = read_table(data)
    value_head = next((head for head in heads if head in (HEADS[0], _heads()[0])), None)
    target_head = next((head for head in heads if head in (HEADS[3], _heads()[3])), None)
    if value_head is None or target_head is None:
        raise BadInput(_("表头里没有「来源值」和「目标代码」两列。"), how=_("请用导出的表填写后再导入。"))
    return {_cell(row.get(value_head)): _cell(row.get(target_head)) for _number, row in rows}


def _cell(value: Any) -> str:
    return text_of(value).removeprefix("'")
