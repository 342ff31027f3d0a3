"""``lantu plans``: bring plans in, list them, release them, see their quality; living layers.

Exit codes: 0 done, 1 refused or stopped by quality errors, 2 wrong usage.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from lantu.core.actor import Actor, system
from lantu.core.errors import BadInput, NotFound
from lantu.plans.datum_cli import datum
from lantu.plans.office_cli import codes, collect, mend

DAY = click.DateTime(["%Y-%m-%d"])
Tell = Callable[[float, str], None]


@click.group("plans")
def plans() -> None:
    """规划入库与活图层。 / Plans in, and living layers."""


@contextmanager
def _progress(title: str) -> Iterator[Tell]:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"), TimeElapsedColumn())
    with Progress(*columns, TextColumn("{task.fields[step]}"), console=Console(stderr=True)) as progress:
        task = progress.add_task(title, total=1.0, step="")
        yield lambda share, step: progress.update(task, completed=share, step=step)
        progress.update(task, completed=1.0, step="")


def _acting(username: str, role: str, command: str) -> Actor:
    """The person in a post of that role; without a name the system itself, which is to be for set-up only."""
    from lantu.accounts.acting import by_name

    return by_name(username, role) if username else system(f"lantu plans {command}", "cli")


def _day(value: datetime | None) -> date | None:
    return value.date() if value else None


def _pairs(values: tuple[str, ...]) -> dict[str, str]:
    """``A=B`` options as a dictionary."""
    pairs = {}
    for value in values:
        key, mark, target = value.partition("=")
        if not mark:
            raise click.BadParameter(f"{value}: A=B")
        pairs[key] = target
    return pairs


def _rows(title: str, heads: list[str], rows: list[list[Any]]) -> None:
    table = Table(*heads, title=title)
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    Console().print(table)


@plans.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--layer", default="", help="图层代码 / layer of the catalogue")
@click.option("--name", default="", help="数据集名称 / dataset")
@click.option("--plan-name", default="", help="规划名称 / name of the plan")
@click.option("--owner", default="", help="责任部门代码 / owner department")
@click.option("--scale", type=int, help="比例尺分母 / scale denominator")
@click.option("--document-no", default="", help="批复文号 / legal document")
@click.option("--document-date", type=DAY, help="批复日期 / its date")
@click.option("--valid-from", type=DAY, help="规划期起 / valid from")
@click.option("--valid-to", type=DAY, help="规划期止 / valid to")
@click.option("--demo", is_flag=True, help="演示数据 / demo data")
@click.option("--source-layer", help="文件里的图层 / layer in the file")
@click.option("--encoding", help="编码 / text encoding")
@click.option("--epsg", type=int, help="坐标系 / reference system")
@click.option("--datum", default="", help="转换参数集 / parameter set, by name")
@click.option("--swap", is_flag=True, help="文件里先写北坐标 / north comes first in the file")
@click.option("--field", "fields", multiple=True, metavar="id|code|area=FIELD", help="字段对照 / field mapping")
@click.option(
    "--code",
    "codes",
    multiple=True,
    metavar="VALUE=CODE",
    help="代码对照，? 未归类，- 不入库 / code mapping",
)
@click.option("--unclassified", is_flag=True, help="不认识的代码按未归类入库 / take unknown codes in as unclassified")
@click.option("--check-only", is_flag=True, help="到质检为止，不发布 / stop after the checks")
@click.option("--checker", default="", help="放行的复核人用户名 / who waives errors")
@click.option("--waive-reason", default="", help="放行理由 / why")
@click.option("--as", "username", default="", help="经办人用户名 / act as this planner")
def import_command(paths: tuple[Path, ...], fields: tuple[str, ...], codes: tuple[str, ...], **options: Any) -> None:
    """把规划文件（或带 metadata.yaml 的文件夹）入库并发布。 / Bring files, or folders with metadata.yaml, in and release them."""
    from lantu.plans.services.bulk import Choices, DatasetSpec, bring_file, import_file, is_table
    from lantu.plans.services.folders import import_folder, plan_folders

    actor = _acting(options["username"], "planner", "import")
    checker = _acting(options["checker"], "checker", "import") if options["checker"] else None
    if all(path.is_dir() for path in paths):
        for folder in [folder for path in paths for folder in plan_folders(path)]:
            with _progress(folder.name) as tell:
                releases = import_folder(
                    actor,
                    folder,
                    checker=checker,
                    waive_reason=options["waive_reason"],
                    unclassified=options["unclassified"],
                    tell=tell,
                )
            for release in releases:
                _say(release)
        return
    if not options["layer"] or not options["name"]:
        raise click.UsageError("--layer, --name")
    days: dict[str, Any] = {key: _day(options[key]) for key in ("document_date", "valid_from", "valid_to")}
    facts: dict[str, Any] = {key: options[key] for key in ("plan_name", "owner", "scale", "document_no", "demo")}
    spec = DatasetSpec(options["layer"], options["name"], **facts, **days)
    choices = Choices(
        layer=options["source_layer"],
        encoding=options["encoding"],
        epsg=options["epsg"],
        datum=options["datum"],
        swap=options["swap"],
        fields=_pairs(fields),
        codes=_pairs(codes),
        unclassified=options["unclassified"],
        checker=checker,
        waive_reason=options["waive_reason"],
    )
    with _progress(options["name"]) as tell:
        if options["check_only"] and not is_table(paths, options["layer"]):
            delivery = bring_file(actor, spec, paths, choices, tell)
        else:
            _say(import_file(actor, spec, paths, choices, tell))
            return
    _report(delivery)


def _say(release: Any) -> None:
    click.echo(f"{release}: {release.patch_count} 图斑 / patches, {release.digest[:16]}")


def _report(delivery: Any) -> None:
    """What the checks found; exit code 1 when errors block."""
    from lantu.plans.selectors import quality_summary

    account = delivery.account
    click.echo(
        f"入库 / delivery {delivery.pk}: {account.get('source', 0)} = {account.get('in', 0)} + {account.get('pending', 0)}"
        f" + {account.get('rejected', 0)}（来源 source = 入库 in + 待定 pending + 拒收 rejected）"
    )
    summary = quality_summary(delivery)
    rows = [
        [one.code, _(one.title), one.errors, one.warnings, one.waiver.waived_by_name if one.waiver else ""]
        for one in summary
        if one.errors or one.warnings
    ]
    _rows("质检 / quality", ["", "检查项 check", "错误 errors", "警告 warnings", "放行 waived by"], rows)
    if any(one.blocking for one in summary):
        raise click.exceptions.Exit(1)


@plans.command("quality")
@click.argument("delivery", type=int)
@click.option("--rerun", is_flag=True, help="重新质检 / run the checks again")
@click.option("--as", "username", default="", help="经办人用户名 / act as this planner")
def quality_command(delivery: int, rerun: bool, username: str) -> None:
    """一次入库的质检结果；有未处理的错误时退出码为 1。 / What the checks found; exit code 1 when errors block."""
    from lantu.plans.services import check_delivery

    found = _delivery(delivery)
    if rerun:
        with _progress("质检 / quality") as tell:
            found = check_delivery(_acting(username, "planner", "quality"), found, tell=tell)
    _report(found)


@plans.command("release")
@click.argument("delivery", type=int)
@click.option("--document-no", help="批复文号 / legal document")
@click.option("--document-date", type=DAY, help="批复日期 / its date")
@click.option("--valid-from", type=DAY, help="生效 / valid from")
@click.option("--valid-to", type=DAY, help="失效 / valid to")
@click.option("--as", "username", default="", help="经办人用户名 / act as this planner")
def release_command(delivery: int, document_no: str | None, username: str, **days: datetime | None) -> None:
    """发布质检过的入库。 / Release a checked delivery."""
    from lantu.plans.services import Legal, release_delivery

    legal = Legal(document_no, **{key: _day(value) for key, value in days.items()})
    with _progress("发布 / release") as tell:
        done = release_delivery(_acting(username, "planner", "release"), _delivery(delivery), legal=legal, tell=tell)
    _say(done)


def _delivery(pk: int) -> Any:
    from lantu.plans.models import Delivery

    found = Delivery.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有第 %(id)s 号入库。") % {"id": pk}, how="lantu plans list --deliveries")
    return found


@plans.command("list")
@click.option("--on", type=DAY, help="某日有效 / in force on a day")
@click.option("--deliveries", is_flag=True, help="列出入库 / list deliveries")
def list_command(on: datetime | None, deliveries: bool) -> None:
    """列出现行规划成果（或各次入库）。 / List the releases in force, or the deliveries."""
    from lantu.plans.models import Delivery
    from lantu.plans.selectors import current_releases

    if deliveries:
        rows = [
            [one.pk, one.dataset.layer_code, one.dataset.name, one.number, one.get_state_display(), one.account.get("source")]
            for one in Delivery.objects.select_related("dataset").order_by("pk")
        ]
        _rows("入库 / deliveries", ["", "图层 layer", "数据集 dataset", "次 no.", "状态 state", "来源 source"], rows)
        return
    found = current_releases(_day(on))
    rows = [[one.layer_code, one.dataset.name, one.number, one.patch_count, one.valid_from, one.valid_to, one.digest[:16]] for one in found]
    heads = ["图层 layer", "数据集 dataset", "版次 no.", "图斑 patches", "起 from", "止 to", "摘要 digest"]
    _rows("现行规划成果 / releases in force", heads, rows)


@plans.command("metadata")
@click.argument("dataset", type=int)
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path), required=False)
def metadata_command(dataset: int, out: Path | None) -> None:
    """数据集的元数据（ISO 19139 XML）。 / Metadata of a dataset as ISO 19139 XML."""
    from lantu.plans.iso_metadata import dataset_xml
    from lantu.plans.models import PlanDataset

    found = PlanDataset.objects.filter(pk=dataset).first()
    if found is None:
        raise NotFound(_("没有第 %(id)s 号数据集。") % {"id": dataset}, how="lantu plans list")
    text = dataset_xml(found)
    if out is None:
        click.echo(text.decode())
    else:
        out.write_bytes(text)
        click.echo(out)


@plans.group("living")
def living() -> None:
    """活图层：登记、替代、终止。 / Living layers: register, supersede, end."""


_VALID_FROM = click.option("--valid-from", type=DAY, required=True, help="生效日 / valid from")
_AS = click.option("--as", "username", default="", help="经办人用户名 / act as this planner")


@living.command("list")
@click.option("--layer", default="", help="图层代码 / layer")
@click.option("--on", type=DAY, help="某日有效 / in force on a day")
def living_list(layer: str, on: datetime | None) -> None:
    """列出有效的活图层要素。 / List living features in force."""
    from lantu.plans.selectors import living_in_force

    found = living_in_force(_day(on))
    rows = [
        [one.pk, one.layer_code, one.feature_id, one.name, one.valid_from, one.area_m2]
        for one in (found.filter(layer_code=layer) if layer else found)
    ]
    _rows("活图层 / living layers", ["", "图层 layer", "标识 identity", "名称 name", "起 from", "面积 ㎡"], rows)


@living.command("register")
@click.argument("layer")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--id-field", default="", help="标识字段 / field with the identity")
@click.option("--name-field", default="", help="名称字段 / field with the name")
@click.option("--epsg", type=int, help="坐标系 / reference system")
@click.option("--document-no", default="", help="文号 / document")
@_VALID_FROM
@_AS
def living_register(layer: str, path: Path, valid_from: datetime, document_no: str, username: str, **reading: Any) -> None:
    """登记文件里的全部要素。 / Register all features of a file."""
    from lantu.plans.services import LivingFile, register_living_file

    file = LivingFile(_beside(path), **reading)
    actor = _acting(username, "planner", "living register")
    for feature in register_living_file(actor, layer, file, valid_from=valid_from.date(), document_no=document_no):
        click.echo(f"{feature.pk} {feature.feature_id} {feature.area_m2} ㎡")


@living.command("supersede")
@click.argument("feature", type=int)
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--epsg", type=int, help="坐标系 / reference system")
@click.option("--document-no", default="", help="文号 / document")
@_VALID_FROM
@_AS
def living_supersede(feature: int, path: Path, valid_from: datetime, username: str, **options: Any) -> None:
    """以文件里的图形替代一个要素。 / Replace a feature by the one shape of a file."""
    from lantu.plans.services import LivingFile, supersede_living
    from lantu.plans.services.living_files import geometries

    found = geometries(LivingFile(_beside(path), epsg=options["epsg"]))
    if len(found) != 1:
        raise BadInput(_("文件里有 %(n)s 个要素，须正好一个。") % {"n": len(found)}, how=_("请只保留替代的图形。"))
    actor = _acting(username, "planner", "living supersede")
    new = supersede_living(actor, _living(feature), found[0][1], valid_from=valid_from.date(), document_no=options["document_no"])
    click.echo(f"{feature} → {new.pk} {new.feature_id} {new.area_m2} ㎡")


@living.command("end")
@click.argument("feature", type=int)
@click.option("--on", type=DAY, required=True, help="自该日起不再有效 / from this day on")
@click.option("--reason", required=True, help="理由 / why")
@_AS
def living_end(feature: int, on: datetime, reason: str, username: str) -> None:
    """终止一个要素。 / End a feature."""
    from lantu.plans.services import end_living

    ended = end_living(_acting(username, "planner", "living end"), _living(feature), on=on.date(), reason=reason)
    click.echo(f"{ended.feature_id} → {ended.valid_to}")


def _living(pk: int) -> Any:
    from lantu.plans.models import LivingFeature

    found = LivingFeature.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有第 %(id)s 号活图层要素。") % {"id": pk}, how="lantu plans living list")
    return found


def _beside(path: Path) -> list[Any]:
    """A file with its side files."""
    from lantu.plans.readers import NamedFile

    near = [other for other in sorted(path.parent.glob(f"{path.stem}.*")) if other != path and path.suffix.lower() == ".shp"]
    return [NamedFile(one, one.name) for one in [path, *near]]


@click.command("overlay")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-o", "--out", required=True, type=click.Path(path_type=Path), help="结果文件 / result: .gpkg, .shp, .parquet")
@click.option("--crs", default="", help="工作坐标系，如 EPSG:4523 / projected CRS to work and write in")
@click.option("--engine", "name", type=click.Choice(["planar", "oracle"]), default="planar", show_default=True, help="叠加引擎 / engine")
@click.option("--scheduler", default="", help="Dask 调度器 / Dask scheduler, tcp://host:port")
def overlay(files: tuple[Path, ...], out: Path, crs: str, name: str, scheduler: str) -> None:
    """叠加任意多个面图层，保留各图层属性。 / Lay any number of layers of areas over each other, keeping all attributes."""
    from lantu.planar.engine import PlanarEngine
    from lantu.planar.errors import PlanarError
    from lantu.planar.model import OverlayEngine
    from lantu.planar.oracle import ShapelyEngine
    from lantu.planar.scheduling import Cluster
    from lantu.plans.overlaying import overlay_files
    from lantu.plans.readers import ReaderError

    cluster = None
    try:
        cluster = Cluster(scheduler) if scheduler else None
        engine: OverlayEngine = ShapelyEngine() if name == "oracle" else PlanarEngine(scheduler=cluster)
        with _progress(out.name) as tell:
            found = overlay_files(files, out, engine, crs or None, tell)
    except ReaderError:
        raise
    except (PlanarError, ValueError) as error:
        raise BadInput(str(error), how="lantu overlay --help") from error
    finally:
        if cluster is not None:
            cluster.close()
    table = Table(
        "图层 / layer", "文件 / file", "未覆盖的面 / faces without", "重叠的面 / faces with several", "未参与的行 / rows left out"
    )
    for number, file in enumerate(files):
        table.add_row(chr(ord("A") + number), file.name, *(str(one[number]) for one in (found.without, found.overlapping, found.left_out)))
    console = Console()
    console.print(table)
    console.print(f"{out}: {found.faces} 个面 / faces, {found.area_m2:.2f} m² ({found.crs})")


for command in (collect, codes, mend):
    plans.add_command(command)
commands = [plans, datum, overlay]
