"""Process pictures as SVG, drawn on the server: stages and items of a definition from left to right, prerequisites as arrows; over a case
the present state of each item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from lantu.approvals.catalogue.definition import Definition, Item
from lantu.approvals.models import StageApplication
from lantu.approvals.words import KINDS, Words, definition_of, local, state_word

WIDTH, HEIGHT, GAP_X, GAP_Y, MARGIN = 176, 50, 52, 16, 20
MOST = 11
"""Characters of a name on one line of a box."""


@dataclass(frozen=True, slots=True)
class Box:
    """An item in the picture. ``look``: class of its state, ``note``: the line under its name."""

    code: str
    name: str
    note: str
    look: str = "na"
    url: str = ""


def columns(items: Sequence[Item]) -> list[list[Item]]:
    """Items in columns: each stands right of all that it waits for. The order within a column is the catalogue's."""
    here = {item.code: item for item in items}
    depth: dict[str, int] = {}

    def of(code: str, seen: frozenset[str]) -> int:
        if code not in depth:
            before = [one for one in here[code].after if one in here and one not in seen]
            depth[code] = 1 + max((of(one, seen | {code}) for one in before), default=-1)
        return depth[code]

    found: list[list[Item]] = []
    for item in items:
        place = of(item.code, frozenset())
        while len(found) <= place:
            found.append([])
        found[place].append(item)
    return found


def draw(items: Sequence[Item], boxes: Mapping[str, Box], label: str) -> SafeString:
    """The picture of some items. ``boxes``: what stands in each."""
    placed: dict[str, tuple[int, int]] = {}
    rows = 1
    grid = columns(items)
    for x, column in enumerate(grid):
        rows = max(rows, len(column))
        for y, item in enumerate(column):
            placed[item.code] = (MARGIN + x * (WIDTH + GAP_X), MARGIN + y * (HEIGHT + GAP_Y))
    role = "group" if any(boxes[item.code].url for item in items) else "img"  # what holds links is no image to who hears it
    width = 2 * MARGIN + len(grid) * (WIDTH + GAP_X) - GAP_X
    height = 2 * MARGIN + rows * (HEIGHT + GAP_Y) - GAP_Y
    arrows = mark_safe("".join(_arrow(placed[before], placed[item.code]) for item in items for before in item.after if before in placed))
    drawn = mark_safe("".join(_box(boxes[item.code], *placed[item.code]) for item in items))
    return format_html(
        '<svg class="pp" width="{}" height="{}" viewBox="0 0 {} {}" role="{}" aria-label="{}">{}{}</svg>',
        max(width, 2 * MARGIN), height, max(width, 2 * MARGIN), height, role, label, arrows, drawn,
    )  # fmt: skip


def _box(box: Box, x: int, y: int) -> SafeString:
    name = [box.name[:MOST], box.name[MOST : 2 * MOST - 1] + ("…" if len(box.name) > 2 * MOST - 1 else "")]
    lines = [line for line in name if line]
    texts = format_html_join("", '<text x="{}" y="{}">{}</text>', ((x + 10, y + 17 + 14 * n, line) for n, line in enumerate(lines)))
    inner = format_html(
        '<rect x="{}" y="{}" width="{}" height="{}" rx="4"/>{}<text class="pp-s" x="{}" y="{}">{}</text><title>{}　{}</title>',
        x, y, WIDTH, HEIGHT, texts, x + 10, y + 45, box.note, box.name, box.note,
    )  # fmt: skip
    body = format_html('<a href="{}">{}</a>', box.url, inner) if box.url else inner
    return format_html('<g class="pp-{}">{}</g>', box.look, body)


def _arrow(start: tuple[int, int], end: tuple[int, int]) -> SafeString:
    x1, y1 = start[0] + WIDTH, start[1] + HEIGHT // 2
    x2, y2 = end[0] - 5, end[1] + HEIGHT // 2
    middle = x2 - GAP_X // 2 + 4
    return format_html('<path d="M{} {}H{}V{}H{}"/><path class="pp-head" d="M{} {}l-7 -4v8z"/>', x1, y1, middle, y2, x2, x2 + 5, y2)


def definition_picture(definition: Definition, stage: str, project_class: str, departments: Mapping[str, str]) -> SafeString:
    """The items of a stage for a class of projects, whatever their facts."""
    items = [one for one in definition.items.values() if one.stage == stage and one.belongs_to(project_class)]
    boxes = {}
    for one in items:
        words = {"department": departments.get(one.department, one.department), "n": one.days}
        note = (_("%(department)s　限 %(n)s 日，视情形") if one.when else _("%(department)s　限 %(n)s 日")) % words
        boxes[one.code] = Box(one.code, local(one.name_zh, one.name_en), note)
    name = local(definition.stages[stage].name_zh, definition.stages[stage].name_en)
    return draw(items, boxes, _("「%(stage)s」的流程图") % {"stage": name})


def case_picture(application: StageApplication, words: Words) -> SafeString:
    """The items of a case with the state of each; what it does not need is left out."""
    from lantu.approvals.selectors.cases import latest_branches
    from lantu.approvals.selectors.joint import parts_of

    definition = definition_of(application)
    branches = {row.item: row for row in latest_branches(application)}
    items = [definition.items[code] for code in definition.items if code in branches]
    joint = parts_of(branches.values())
    boxes = {}
    for item in items:
        row = branches[item.code]
        holders = [row.department, *joint.get(row.pk, ())]
        note = f"{' + '.join(words.department(code) for code in holders)}　{state_word(row.state)}"
        look = KINDS.get(row.state, ("act", "clock"))[0]
        boxes[item.code] = Box(item.code, words.item(application, item.code), note, look, row.get_absolute_url())
    label = _("%(number)s 的流程图，标出现在的状态") % {"number": application.number}
    return draw(items, boxes, label)
