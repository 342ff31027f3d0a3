"""What other programs may have done here by name: each process is one of the room's verbs, in-line or as a job."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.analysis.conformity import wording
from lantu.analysis.conformity.found import by_number
from lantu.analysis.conformity.sites import Site, from_text
from lantu.analysis.models import Check, SitingSearch
from lantu.analysis.partition import basis
from lantu.analysis.permissions import NEED_USER, may_ask
from lantu.analysis.services import siting
from lantu.analysis.services.batches import start_batch
from lantu.analysis.services.checks import run_check
from lantu.analysis.services.evaluations import evaluate
from lantu.analysis.services.profiles import draw_profile
from lantu.analysis.services.siting import search_sites
from lantu.analysis.services.statistics import keep_statistic
from lantu.analysis.settings import settings_of
from lantu.analysis.terrain.lines import line_from_text
from lantu.core import jobs
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, NotFound
from lantu.core.models import Job
from lantu.core.verbs import verb

Inputs = Mapping[str, Any]
Tell = Callable[[float, str], None]
"""Takes the share done and the step in words."""
TEXT: dict[str, Any] = {"type": "string"}


@dataclass(frozen=True, slots=True)
class Process:
    """A process: its inputs (name → title, JSON schema, whether it must be there), what it gives, how it is carried out.

    ``only_job``: never in-line. ``in_steps``: as ``carry_out``, saying how far it is. ``size``: how much
    an in-line request would have to do, in vertices.
    """

    id: str
    title: Any
    inputs: dict[str, tuple[Any, dict[str, Any], bool]]
    outputs: dict[str, tuple[Any, dict[str, Any]]]
    carry_out: Callable[[Actor, Inputs], dict[str, Any]]
    only_job: bool = False
    in_steps: Callable[[Actor, Inputs, Tell], dict[str, Any]] | None = None
    size: Callable[[Inputs], int] = lambda inputs: 0


def site_of(inputs: Inputs, actor: Actor) -> Site:
    """The site of a check: exactly one of ``site`` (GeoJSON), ``text``, ``number``. Raises ``BadInput``."""
    given = [name for name in ("site", "text", "number") if inputs.get(name)]
    if len(given) != 1:
        raise BadInput(_("用地要正好给一种：site、text 或 number。"), how=_("请只填其中一项。"))
    value = inputs[given[0]]
    if given[0] == "number":
        return by_number(basis(str(inputs.get("release") or "")), str(value), actor)
    if given[0] == "text":
        return from_text(str(value))
    return Site(from_text(json.dumps(value)).geometry, "api")


def _text(inputs: Inputs, name: str) -> str:
    return str(inputs.get(name) or "")


def _check(actor: Actor, inputs: Inputs) -> dict[str, Any]:
    row = run_check(actor, site_of(inputs, actor), title=_text(inputs, "title"), use=_text(inputs, "use"), release=_text(inputs, "release"))
    return {
        **_facts(row),
        "verdict": row.verdict,
        "headline": wording.headline(row, {}),
        "area_m2": float(row.area_m2),
        "lines": row.result["lines"],
        "composition": row.result["composition"],
    }


def _facts(row: Any) -> dict[str, Any]:
    based = row.asked["basis"]
    return {
        "record": row.number,
        "release": based["release"],
        "run": based["run"],
        "digest": row.digest,
        "made_at": row.made_at.isoformat(),
        "url": row.get_absolute_url(),
    }


def _siting(actor: Actor, inputs: Inputs) -> dict[str, Any]:
    return _searched(search_sites(actor, _criteria(inputs), title=_text(inputs, "title"), release=_text(inputs, "release")))


def _siting_in_steps(actor: Actor, inputs: Inputs, tell: Tell) -> dict[str, Any]:
    found = siting.carry_out(actor, _criteria(inputs), _text(inputs, "release"), tell)
    return _searched(search_sites(actor, _criteria(inputs), title=_text(inputs, "title"), searched=found))


def _criteria(inputs: Inputs) -> Mapping[str, Any]:
    criteria = inputs.get("criteria")
    if not isinstance(criteria, Mapping):
        raise BadInput(_("没有给 criteria。"), how='{"criteria": {"area_ha": [15, 25], "must": […], "wishes": […]}}')
    return criteria


def _searched(row: SitingSearch) -> dict[str, Any]:
    return {**_facts(row), "account": row.result["account"], "candidates": features_of(row)}


def features_of(row: SitingSearch) -> dict[str, Any]:
    """The candidates of a search as GeoJSON in degrees."""
    features = [
        {
            "type": "Feature",
            "geometry": one.geometry.__geo_interface__,
            "properties": {"rank": one.rank, "score": one.score, "area_m2": float(one.area_m2), "values": one.values, "slope": one.slope},
        }
        for one in row.candidates.all()
    ]
    return {"type": "FeatureCollection", "features": features}


def _statistics(actor: Actor, inputs: Inputs) -> dict[str, Any]:
    data = inputs.get("parameters") or {}
    if not isinstance(data, Mapping):
        raise BadInput(_("parameters 应为一组参数。"), how='{"layer": "C0101", "columns": "district"}')
    row = keep_statistic(actor, _text(inputs, "kind"), data, title=_text(inputs, "title"), release=_text(inputs, "release"))
    return {**_facts(row), "tables": row.result["tables"]}


def _batch(actor: Actor, inputs: Inputs) -> dict[str, Any]:
    sites = inputs.get("sites")
    if not isinstance(sites, Mapping) or sites.get("type") != "FeatureCollection":
        raise BadInput(_("sites 应为 GeoJSON 要素集。"), how='{"sites": {"type": "FeatureCollection", "features": […]}}')
    with tempfile.TemporaryDirectory(prefix="lantu-sites-") as folder:
        path = Path(folder) / "sites.geojson"
        path.write_text(json.dumps(sites), encoding="utf-8")
        title, use, release = (_text(inputs, name) for name in ("title", "use", "release"))
        batch, job = start_batch(actor, [(path.name, path)], epsg=4490, title=title, use=use, release=release)
    return {"batch": batch.number, "job": str(job.pk), "url": batch.get_absolute_url()}


def batch_results(job: Job) -> dict[str, Any]:
    """What a finished batch came to: a verdict per site, and the sites that could not be checked."""
    rows = Check.objects.filter(batch=job.params["batch"]).order_by("number").values_list("number", "title", "verdict", "area_m2", "digest")
    names = ("record", "title", "verdict", "area_m2", "digest")
    return {"checks": [dict(zip(names, (*row[:3], float(row[3]), row[4]), strict=True)) for row in rows], **(job.result or {})}


def _vertices(inputs: Inputs) -> int:
    """Vertices of the site, near enough: pairs of figures."""
    return json.dumps(inputs.get("site") or inputs.get("text") or "").count(",") // 2


RELEASE = (gettext_lazy("蓝图版本，默认现行"), TEXT, False)
TITLE = (gettext_lazy("名称"), TEXT, False)
_RECORD = {
    "record": (gettext_lazy("记录编号"), TEXT),
    "release": (gettext_lazy("蓝图版本"), TEXT),
    "run": (gettext_lazy("融合"), TEXT),
    "digest": (gettext_lazy("摘要"), TEXT),
    "made_at": (gettext_lazy("时间"), {"type": "string", "format": "date-time"}),
    "url": (gettext_lazy("页面"), TEXT),
}
_LIST: dict[str, Any] = {"type": "array", "items": {"type": "object"}}
PROCESSES: dict[str, Process] = {}


def offer(process: Process) -> None:
    """Add a process."""
    PROCESSES[process.id] = process


offer(
    Process(
        "conformity-check",
        gettext_lazy("合规性检测"),
        {
            "site": (gettext_lazy("用地（GeoJSON，经度在前）"), {"$ref": "https://geojson.org/schema/Geometry.json"}, False),
            "text": (gettext_lazy("用地（坐标、界址点文本、WKT）"), TEXT, False),
            "number": (gettext_lazy("图斑或地块编号"), TEXT, False),
            "use": (gettext_lazy("拟建用途代码"), TEXT, False),
            "title": TITLE,
            "release": RELEASE,
        },
        {
            **_RECORD,
            "verdict": (gettext_lazy("结论"), {"type": "string", "enum": ["pass", "conditional", "fail"]}),
            "headline": (gettext_lazy("结论说明"), TEXT),
            "area_m2": (gettext_lazy("面积（㎡）"), {"type": "number"}),
            "lines": (gettext_lazy("核对项"), _LIST),
            "composition": (gettext_lazy("各图层分类"), _LIST),
        },
        _check,
        size=_vertices,
    )
)
offer(
    Process(
        "conformity-batch",
        gettext_lazy("批量合规性检测"),
        {
            "sites": (gettext_lazy("用地（GeoJSON 要素集）"), {"$ref": "https://geojson.org/schema/FeatureCollection.json"}, True),
            "use": (gettext_lazy("拟建用途代码"), TEXT, False),
            "title": TITLE,
            "release": RELEASE,
        },
        {"checks": (gettext_lazy("各用地的结论"), _LIST)},
        _batch,
        only_job=True,
    )
)
offer(
    Process(
        "siting",
        gettext_lazy("辅助选址"),
        {"criteria": (gettext_lazy("条件、愿望和权重"), {"type": "object"}, True), "title": TITLE, "release": RELEASE},
        {
            **_RECORD,
            "account": (gettext_lazy("筛选账目"), {"type": "object"}),
            "candidates": (gettext_lazy("备选用地"), {"$ref": "https://geojson.org/schema/FeatureCollection.json"}),
        },
        _siting,
        in_steps=_siting_in_steps,
    )
)
offer(
    Process(
        "statistics",
        gettext_lazy("统计"),
        {
            "kind": (
                gettext_lazy("统计种类"),
                {"type": "string", "enum": ["cross", "balance", "two_plans", "three_lines", "series"]},
                True,
            ),
            "parameters": (gettext_lazy("参数"), {"type": "object"}, False),
            "title": TITLE,
            "release": RELEASE,
        },
        {**_RECORD, "tables": (gettext_lazy("表"), _LIST)},
        _statistics,
    )
)


def _evaluation(actor: Actor, inputs: Inputs) -> dict[str, Any]:
    row = evaluate(actor, title=_text(inputs, "title"), release=_text(inputs, "release"))
    return {**_facts(row), "indicators": row.result["indicators"], "implementation": row.result["implementation"]}


offer(
    Process(
        "evaluation",
        gettext_lazy("指标评价"),
        {"title": TITLE, "release": RELEASE},
        {
            **_RECORD,
            "indicators": (gettext_lazy("各项指标"), _LIST),
            "implementation": (gettext_lazy("规划实施"), {"type": "object"}),
        },
        _evaluation,
    )
)


def _profile(actor: Actor, inputs: Inputs) -> dict[str, Any]:
    given = [name for name in ("line", "text") if inputs.get(name)]
    if len(given) != 1:
        raise BadInput(_("线要正好给一种：line 或 text。"), how=_("请只填其中一项。"))
    line = line_from_text(json.dumps(inputs["line"]) if given[0] == "line" else str(inputs["text"]))
    row = draw_profile(actor, line, title=_text(inputs, "title"), release=_text(inputs, "release"), raster=_text(inputs, "raster"))
    return {**_facts(row), "raster": row.asked["raster"], **row.result}


_NUMBER: dict[str, Any] = {"type": "number"}
offer(
    Process(
        "elevation-profile",
        gettext_lazy("剖面"),
        {
            "line": (gettext_lazy("线（GeoJSON LineString，经度在前）"), {"$ref": "https://geojson.org/schema/LineString.json"}, False),
            "text": (gettext_lazy("线（坐标、WKT）"), TEXT, False),
            "raster": (gettext_lazy("高程栅格编号，默认覆盖此处最细的"), TEXT, False),
            "title": TITLE,
            "release": RELEASE,
        },
        {
            **_RECORD,
            "raster": (gettext_lazy("高程栅格"), {"type": "object"}),
            "length_m": (gettext_lazy("长度（m）"), _NUMBER),
            "lowest_m": (gettext_lazy("最低（m）"), _NUMBER),
            "highest_m": (gettext_lazy("最高（m）"), _NUMBER),
            "climb_m": (gettext_lazy("累计爬升（m）"), _NUMBER),
            "mean_slope": (gettext_lazy("平均坡度（%）"), _NUMBER),
            "most_slope": (gettext_lazy("最大坡度（%）"), _NUMBER),
            "points": (gettext_lazy("沿线各点：距离、经度、纬度、高程"), {"type": "array", "items": {"type": "array"}}),
            "bands": (gettext_lazy("沿线各图层的类别"), _LIST),
        },
        _profile,
    )
)


def process(name: str) -> Process:
    """A process by its identifier. Raises ``NotFound``."""
    if name not in PROCESSES:
        raise NotFound(_("没有处理过程 %(name)s。") % {"name": name}, how="、".join(PROCESSES), code="no-such-process")
    return PROCESSES[name]


def checked_inputs(one: Process, inputs: Any) -> dict[str, Any]:
    """The inputs of a request. Raises ``BadInput`` for unknown and missing ones."""
    if not isinstance(inputs, Mapping):
        raise BadInput(_("inputs 应为一组输入。"), how="、".join(one.inputs))
    if unknown := sorted(set(inputs) - set(one.inputs)):
        raise BadInput(_("不认识输入 %(names)s。") % {"names": "、".join(unknown)}, how="、".join(one.inputs))
    missing = [name for name, (_title, _schema, must) in one.inputs.items() if must and not inputs.get(name)]
    if missing:
        raise BadInput(_("缺少输入 %(names)s。") % {"names": "、".join(missing)}, how="、".join(one.inputs))
    return dict(inputs)


def quick(one: Process, inputs: Inputs) -> bool:
    """Whether it is carried out in-line when nobody asks for a job: the pack's limits say how much is quick."""
    if one.only_job:
        return False
    found = basis(str(inputs.get("release") or ""))
    limits = settings_of(found.run.pack).limits
    return one.size(inputs) <= limits["inline_vertices"] and len(found.partition.faces.label) <= limits["inline_faces"]


@verb("analysis.start_process", permission=may_ask, need=NEED_USER)
def start_process(actor: Actor, name: str, inputs: Inputs) -> Job:
    """Put a process on the queue. Raises ``NotFound``, ``BadInput``."""
    one = process(name)
    given = checked_inputs(one, inputs)
    if one.only_job:
        return Job.objects.get(pk=one.carry_out(actor, given)["job"])
    return jobs.enqueue(actor, "analysis.process", str(one.title), process=name, inputs=given)


@jobs.job_kind("analysis.process")
def process_job(context: jobs.JobContext, *, process: str, inputs: dict[str, Any]) -> dict[str, Any]:
    """Carry a process out; its outputs are the job's result."""
    context.progress(0.05, _("计算"))
    one = PROCESSES[process]
    return one.in_steps(context.actor, inputs, context.progress) if one.in_steps else one.carry_out(context.actor, inputs)
