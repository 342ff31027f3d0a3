"""Taking a layer away as a file: numbered, watermarked, audited; what is secret never leaves."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.analysis.exports.writing import Content, write
from lantu.analysis.freezing import next_number
from lantu.analysis.models import Download
from lantu.analysis.ogc.features import columns_of, properties_of
from lantu.analysis.ogc.rights import Collection, collection
from lantu.analysis.permissions import NEED_USER, may_ask
from lantu.blueprints.papers import is_demo
from lantu.blueprints.selectors.releases import in_force
from lantu.core import audit, events, files, jobs
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, LantuError
from lantu.core.models import Job, OutboxEvent
from lantu.core.verbs import verb
from lantu.geodesy.transform import transform
from lantu.standards import selectors as standards
from lantu.ui import formats


def offered_frames() -> tuple[int, ...]:
    """The reference systems in which files are given out: the statutory degrees and the working system of the city."""
    grid = standards.working_grid()
    return (grid.statutory_epsg, grid.epsg)


@verb("analysis.start_download", permission=may_ask, need=NEED_USER)
def start_download(actor: Actor, layer: str, form: str, *, epsg: int = 0, purpose: str = "") -> tuple[Download, Job]:
    """Put the writing of a layer of the release in force, or of a living layer, on the queue.

    Raises ``NotFound`` for a layer that the actor may not read or that never leaves, ``BadInput`` without a purpose.
    """
    one = collection(actor, layer)
    if form not in Download.Form.values:
        raise BadInput(_("没有「%(form)s」这种格式。") % {"form": form}, how="、".join(Download.Form.values))
    frames = offered_frames()
    if form == "dxf":
        frames = frames[1:]
    if epsg and epsg not in frames:
        raise BadInput(
            _("%(form)s 不提供坐标系 %(epsg)s。") % {"form": Download.Form(form).label, "epsg": epsg},
            how="、".join(f"EPSG:{frame}" for frame in frames),
        )
    if len(purpose.strip()) < 2:
        raise BadInput(_("没有写明用途。"), how=_("请写明这份数据用于哪项工作；它会记入下载台账。"))
    release = in_force()
    row = Download.objects.create(
        number=next_number("SJ", "download"),
        layer_code=one.id,
        title=one.title,
        form=form,
        epsg=epsg or frames[0],
        run=one.run,
        release_number=release.number if release is not None and one.run is not None else "",
        purpose=purpose.strip()[:200],
        demo=is_demo(one.run) if one.run is not None else False,
        made_by_id=actor.user_id,
        made_by_name=actor.name,
        department=actor.department,
    )
    title = _("准备数据 %(number)s %(title)s") % {"number": row.number, "title": one.title}
    job = jobs.enqueue(actor, "analysis.download", title, subject=row, download=row.pk)
    audit.remark(number=row.number, layer=one.id, form=form, purpose=row.purpose)
    return row, job


def watermark(row: Download) -> str:
    """What stands in the file."""
    source = _("蓝图 %(n)s") % {"n": row.release_number} if row.release_number else _("动态图层")
    text = _("%(number)s　%(title)s　%(source)s　%(who)s　%(at)s　用途：%(purpose)s　未经许可不得转给他人") % {
        "number": row.number,
        "title": row.title,
        "source": source,
        "who": f"{row.department} {row.made_by_name}".strip(),
        "at": formats.moment(row.made_at),
        "purpose": row.purpose,
    }
    return f"{text}　{_('演示数据')}" if row.demo else text


@jobs.job_kind("analysis.download")
def download_job(context: jobs.JobContext, *, download: int) -> dict[str, Any]:
    """Write the file; the rights are looked at again, for they may have changed meanwhile."""
    row = Download.objects.select_related("run").get(pk=download)
    if row.state == Download.State.DONE:
        return {"features": row.features}
    try:
        context.progress(0.05, _("读取要素"))
        content = _content(collection(context.actor, row.layer_code), row)
        context.progress(0.5, _("写文件"))
        with tempfile.TemporaryDirectory(prefix="lantu-download-") as folder:
            stored = files.store_path(write(row.form, content, Path(folder)))
    except LantuError:
        Download.objects.filter(pk=row.pk).update(state=Download.State.FAILED)
        raise
    with context.finish({"features": len(content.shapes)}):
        Download.objects.filter(pk=row.pk).update(state=Download.State.DONE, stored=stored, features=len(content.shapes))
        audit.record(context.actor, "analysis.download_written", row, detail={"number": row.number, "sha256": stored.sha256})
    return {"features": len(content.shapes)}


def _content(one: Collection, row: Download) -> Content:
    if one.run is not None and row.run_id is not None and one.run.pk != row.run_id:
        raise BadInput(_("现行版本已经更换。"), how=_("请重新下载。"))
    found = [feature for feature in one.rows().iterator(chunk_size=5000) if feature.geometry is not None]
    shapes = np.empty(len(found), dtype=object)
    shapes[:] = [feature.geometry for feature in found]
    statutory = standards.working_grid().statutory_epsg
    if row.epsg != statutory and len(shapes):
        shapes = shapely.transform(shapes, transform(statutory, row.epsg).points)
    told = [properties_of(one, feature) for feature in found]
    columns = {name: [line[name] for line in told] for name in columns_of(one)}
    return Content(row.layer_code, row.title, row.epsg, shapes, columns, watermark(row))


@events.subscribe("core.job_ended")
def _job_ended(event: OutboxEvent, actor: Actor) -> None:
    """A download whose job was cancelled or gave up is not waited for."""
    if event.payload["kind"] == "analysis.download":
        Download.objects.filter(pk=event.payload["params"]["download"], state=Download.State.PENDING).update(state=Download.State.FAILED)


@verb("analysis.take_download", permission=may_ask, need=NEED_USER, subject="download")
def take_download(actor: Actor, download: Download) -> Path:
    """The file, for who asked for it; every taking is audited."""
    if download.stored is None:
        raise BadInput(_("文件还没有准备好。"), where=download.number, how=_("请等任务完成。"))
    collection(actor, download.layer_code)  # it may have become secret since
    audit.remark(number=download.number, at=timezone.now().isoformat())
    return files.path_of(download.stored)
