"""The cases between two versions of the map, beside what else differs in them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from lantu.blueprints.models import Comparison
from lantu.blueprints.selectors.comparisons import release_labels
from lantu.conflicts.selectors.versions import WHAT, cases_between, counts_between, ends_of
from lantu.conflicts.tables import case_table
from lantu.conflicts.wiring import INSIDE
from lantu.core.access import access
from lantu.core.errors import NotFound


@access(*INSIDE)
def between(request: HttpRequest, pk: int, what: str) -> HttpResponse:
    """The cases opened or closed between two versions, or remaining in the later one."""
    row = get_object_or_404(Comparison.objects.select_related("before", "after"), pk=pk, state=Comparison.State.DONE)
    if what not in WHAT:
        raise NotFound(_("没有「%(what)s」这个清单。") % {"what": what}, how="、".join(map(str, WHAT.values())))
    runs = ends_of(row)
    labels = release_labels(runs)
    counts = counts_between(row)
    context: dict[str, Any] = {
        "row": row,
        "versions": " → ".join(labels[run.pk] for run in runs),
        "heading": WHAT[what],
        "tabs": [{"key": key, "label": label, "count": counts[key]} for key, label in WHAT.items()],
        "what": what,
    }
    return case_table(rows=cases_between(row, what)).response(request, "conflicts/between.html", context)
