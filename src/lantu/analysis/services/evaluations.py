"""Evaluating the indicators of the pack, and verifying an evaluation later."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import asdict, replace
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.analysis.evaluation.judge import MET, MISSED, WARNED, implementation, judged
from lantu.analysis.evaluation.measure import Measure
from lantu.analysis.freezing import digest_of, elapsed_ms, facts, next_number
from lantu.analysis.models import Evaluation
from lantu.analysis.partition import Basis, basis
from lantu.analysis.permissions import NEED_USER, may_ask
from lantu.analysis.settings import settings_of
from lantu.casework.services import notify
from lantu.core import audit, events
from lantu.core.actor import Actor, Post
from lantu.core.errors import Conflict
from lantu.core.verbs import verb


@verb("analysis.evaluate", permission=may_ask, need=NEED_USER)
def evaluate(actor: Actor, *, title: str = "", release: str = "", on: date | None = None) -> Evaluation:
    """Measure and judge all indicators over a release and the living layers of a day (default today); the record is frozen.

    Supervision is told of what is missed or warned. Raises ``Conflict`` where the pack has no indicators or nothing was published.
    """
    began = time.perf_counter()
    found = basis(release)
    day = on or timezone.localdate()
    result = results(found, actor, day)
    if not result["indicators"]:
        raise Conflict(_("城市包没有定义指标。"), how=_("指标在城市包 analysis.yaml 的 indicators 里定义。"))
    asked = {"on": day.isoformat(), "basis": found.facts(), "seen_as": asdict(actor.post) if actor.post else None}
    counted = Counter(row["status"] for row in result["indicators"])
    row = Evaluation.objects.create(
        number=next_number("PJ", "evaluation"),
        title=title.strip()[:200] or _("指标评价 %(day)s") % {"day": day.isoformat()},
        met=counted[MET],
        warned=counted[WARNED],
        missed=counted[MISSED],
        elapsed_ms=elapsed_ms(began),
        **facts(actor, found, asked, result),
    )
    audit.remark(number=row.number, met=row.met, warned=row.warned, missed=row.missed)
    events.emit(actor, "analysis.evaluated", row, number=row.number, missed=row.missed, warned=row.warned)
    if row.missed or row.warned:
        text = _("未达到 %(missed)s 项，预警 %(warned)s 项") % {"missed": row.missed, "warned": row.warned}
        notify(actor, [Post("supervisor")], f"{row.number} {text}", row.get_absolute_url(), key=f"evaluation-{row.number}")
    return row


def results(found: Basis, actor: Actor, on: date) -> dict[str, Any]:
    """The rows of an evaluation and the plan implementation."""
    settings = settings_of(found.run.pack)
    measure = Measure(found, actor, on)
    return {"indicators": judged(measure, settings), "implementation": implementation(measure, settings)}


@verb("analysis.verify_evaluation", permission=may_ask, need=NEED_USER, subject="evaluation")
def verify_evaluation(actor: Actor, evaluation: Evaluation) -> dict[str, Any]:
    """Prove a record: is it what was stored (digest), and does the same question give the same figures today.

    Figures over living layers and of other rooms may have changed by later registrations for that day; that is told apart and is no fault.
    """
    post = evaluation.asked.get("seen_as")
    seen_as = replace(actor, post=Post(**post) if post else None)
    again = results(basis(run=evaluation.run), seen_as, date.fromisoformat(evaluation.asked["on"]))
    changed: dict[str, list[str]] = {"plans": [], "living": []}
    old, new = ({row["code"]: row for row in one["indicators"]} for one in (evaluation.result, again))
    for code in sorted(old.keys() | new.keys()):
        if _figures(old.get(code)) != _figures(new.get(code)):
            formula = (old.get(code) or new[code])["formula"]
            changed["living" if "source" in formula or "living" in str(formula) else "plans"].append(code)
    if evaluation.result["implementation"] != again["implementation"]:
        changed["living"].append("implementation")
    report = {
        "intact": digest_of(evaluation.asked, evaluation.result) == evaluation.digest,
        "same": not changed["plans"],
        "living_changed": changed["living"],
        "differences": changed["plans"],
        "digest": evaluation.digest,
        "run_digest": evaluation.asked["basis"]["digest"],
        "at": timezone.now().isoformat(),
    }
    audit.remark(number=evaluation.number, **report)
    return report


def _figures(row: dict[str, Any] | None) -> Any:
    return None if row is None else (row["value"], row["status"], [part["value"] for part in row["districts"]])
