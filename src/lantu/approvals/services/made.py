"""What the platform makes of a filing and keeps with it: the unified form (统一申请表) as PDF/A, the boundary points (界址点) as TXT."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import shapely
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from shapely.geometry.base import BaseGeometry

from lantu.accounts.models import Department
from lantu.approvals.catalogue.definition import Item
from lantu.approvals.catalogue.forms import Field, plain
from lantu.approvals.models import FormData, Material, StageApplication
from lantu.approvals.selectors.dossier import materials
from lantu.approvals.services.lodging import filed_form
from lantu.approvals.services.papers import unit_of
from lantu.approvals.words import definition_of
from lantu.core import files, jobs
from lantu.core.actor import Actor, system
from lantu.core.audit import remark
from lantu.core.events import subscribe
from lantu.core.models import OutboxEvent, StoredFile
from lantu.core.permissions import is_system
from lantu.core.verbs import verb
from lantu.documents.pdf import render_pdf
from lantu.geodesy.area import polygon_area
from lantu.geodesy.boundary_text import BoundaryText, Parcel, render
from lantu.geodesy.frames import frame
from lantu.geodesy.transform import transform
from lantu.standards import selectors as standards
from lantu.ui import formats

KIND = "approvals.make_filed"
FORM, SITE = "form", "site"


@subscribe("approvals.form_filed")
@subscribe("approvals.form_amended")
def on_form(event: OutboxEvent, actor: Actor) -> None:
    """A version of the form came: what is made of it is made in the background, so that no filing waits for it or fails by it."""
    application = StageApplication.objects.get(pk=event.subject_id)
    if application.forms.exists():
        jobs.enqueue(system(actor.name), KIND, _("制作申请表和界址点：%(number)s") % {"number": application.number}, subject=application)


@jobs.job_kind(KIND)
def run(context: jobs.JobContext) -> dict[str, Any]:
    """Make the files of the application that the job is about."""
    application = StageApplication.objects.select_related("project", "definition", "applicant").get(pk=context.job.subject_id)
    return {"materials": [row.pk for row in make_filed(system(), application)]}


@verb("approvals.make_filed", permission=is_system, need=gettext_lazy("由平台在申报时制作。"), subject="application")
def make_filed(actor: Actor, application: StageApplication) -> list[Material]:
    """Make the files of the newest version of the form and keep each with its material, as a new version where there was one; the same
    content again makes nothing. A stage that asks for neither gets none."""
    form = application.forms.order_by("-number").first()
    if form is None:
        return []
    made: list[Material] = []
    for have in materials(application):
        source = have.need.row.get("platform")
        if source == FORM:
            pdf = render_pdf("approvals/papers/unified_form.typ", form_data(application, form))
            made += _keep(application, form, have.need.code, pdf, f"{have.title} {application.number}-{form.number}.pdf")
        elif source == SITE and form.site:
            text = boundary_text(application, shapely.geometry.shape(form.site)).encode("gb18030")
            made += _keep(application, form, have.need.code, text, f"{have.title} {application.number}-{form.number}.txt")
    remark(form=form.number, made=[row.code for row in made])
    return made


def _keep(application: StageApplication, form: FormData, code: str, content: bytes, filename: str) -> list[Material]:
    """The file as the version of its material that counts: the first fills the row that said where it is taken from."""
    stored: StoredFile = files.store(io.BytesIO(content))
    rows = application.materials.filter(code=code, part=1).order_by("-version")
    last = rows.first()
    facts = {"form": form.number, "kind": "pdf" if filename.endswith(".pdf") else "text"}
    if last is not None and last.facts.get("form") == form.number:
        return []
    if last is not None and last.stored is None and last.source == Material.Source.PLATFORM:
        last.stored, last.filename, last.facts = stored, filename[:200], facts
        last.save(update_fields=["stored", "filename", "facts"])
        return [last]
    return [
        Material.objects.create(
            application=application,
            draft=last.draft if last is not None else None,
            code=code,
            version=(last.version if last is not None else 0) + 1,
            source=Material.Source.PLATFORM,
            reference=_("由平台按第 %(n)s 版申请表生成") % {"n": form.number},
            stored=stored,
            filename=filename[:200],
            facts=facts,
        )
    ]


def form_data(application: StageApplication, form: FormData) -> dict[str, Any]:
    """What stands in the unified form, in the official language."""
    definition = definition_of(application)
    stage = definition.stages[application.stage]
    project = application.project
    sections: dict[str, list[list[str]]] = {}
    for one in filed_form(application):
        value = form.values.get(one.code)
        source = str(form.derived[one.code]["label"]) if one.code in form.derived and one.code not in form.answers else "申请人填写"
        sections.setdefault(one.section or "其他", []).append([one.title, said(one, value), source if value not in (None, "") else ""])
    items = [definition.items[row.item] for row in application.branches.filter(round=1).order_by("pk")]
    departments = dict(Department.objects.values_list("code", "name_zh"))
    site = shapely.geometry.shape(form.site) if form.site else None
    day = application.filed_at
    return {
        "title": "工程建设项目统一申请表",
        "number": f"{application.number}　第 {form.number} 版",
        "demo": project.demo,
        "at": [day.year, day.month, day.day, day.hour, day.minute, day.second],
        "facts": [
            ["项目名称", project.name],
            ["项目代码", project.code],
            ["申请单位", unit_of(application)],
            ["统一社会信用代码", application.applicant.uscc if application.applicant else "—"],
            ["申报阶段", f"{stage.code}　{stage.name_zh}"],
            ["项目类型", str(definition.classes[application.project_class]["name_zh"])],
            ["申报人", form.by_name or application.filed_by_name],
            ["收件日期", application.received_on.isoformat()],
        ],
        "sections": [{"name": name, "rows": rows} for name, rows in sections.items()],
        "items": [
            [
                item.name_zh,
                departments.get(item.department, item.department),
                f"{item.days} 个{'自然日' if item.unit == 'calendar' else '工作日'}",
            ]
            for item in items
        ],
        "materials": [[have.title, _kept_from(have)] for have in materials(application)],
        "site": "" if site is None else _site_words(site),
        "declared": f"{application.project.name}的上述内容和所交材料真实、完整、有效，愿意承担由此引起的法律责任。",
        "release": f"事项库第 {application.definition.number} 版（{application.definition.version}）",
    }


def _limit(item: Item) -> str:
    return f"{item.days} 个{'自然日' if item.unit == 'calendar' else '工作日'}"


def said(one: Field, value: Any) -> str:
    """A value of the form as people read it."""
    if value in (None, ""):
        return "—"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int | float):
        return f"{plain(value)} {one.unit}".strip()
    return one.choices.get(str(value), str(value))


def _kept_from(have: Any) -> str:
    if have.rows and have.rows[0].source == Material.Source.COMMITTED:
        return "容缺承诺，后补"
    names = [row.filename for row in have.rows if row.stored_id and row.source != Material.Source.PLATFORM]
    return "、".join(names) or (have.rows[0].reference if have.rows else "—")


def _site_words(site: BaseGeometry) -> str:
    area = polygon_area(site, standards.working_grid().ellipsoid)
    count = len(shapely.get_parts(site))
    return f"{count} 个地块，共 {formats.hectares(area)} 公顷（椭球面积），界址点见附件"


def boundary_text(application: StageApplication, site: BaseGeometry) -> str:
    """The boundary points of a site (polygons in EPSG:4490) in the working system of the city, north and east in metres, a parcel for
    each polygon (domain 3.5)."""
    grid = standards.working_grid()
    flat = shapely.transform(site, transform(grid.statutory_epsg, grid.epsg).points)
    system_ = frame(grid.epsg)
    header: Mapping[str, str] = {
        "格式版本号": "1.01版本",
        "数据产生单位": unit_of(application),
        "数据产生日期": application.received_on.isoformat(),
        "坐标系": "2000国家大地坐标系",
        "几度分带": str(system_.degrees or ""),
        "投影类型": "高斯克吕格",
        "计量单位": "米",
        "带号": str(system_.zone or ""),
        "精度": "0.001",
        "转换参数": "0,0,0,0,0,0,0",
    }
    parcels = [
        _parcel(application, number, outline, shape)
        for number, (outline, shape) in enumerate(zip(shapely.get_parts(flat), shapely.get_parts(site), strict=True), 1)
    ]
    return render(BoundaryText(dict(header), parcels))


def _parcel(application: StageApplication, number: int, outline: Any, shape: BaseGeometry) -> Parcel:
    area = polygon_area(shape, standards.working_grid().ellipsoid)
    name = application.project.name.replace(",", "，")
    attributes = {"面积": f"{area / 10_000:.4f}", "地块编号": f"{application.project.code}-{number}", "地块名称": name, "图形属性": "面"}
    rings = [outline.exterior, *outline.interiors]
    return Parcel(attributes, [[(float(x), float(y)) for x, y in ring.coords[:-1]] for ring in rings])
