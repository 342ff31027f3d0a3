"""Metadata as XML in the form of ISO 19139 (the encoding of ISO 19115; GB/T 19710 is its Chinese twin)."""

from __future__ import annotations

from datetime import date
from typing import Any
from xml.etree import ElementTree as ET

from django.db.models import Max, Min
from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.documents.addresses import public_address
from lantu.geodesy.frames import frame
from lantu.plans.models import DatasetMetadata, PlanDataset, PlanRelease
from lantu.plans.services.metadata import Provenance, in_force, metadata_of, provenance
from lantu.standards import selectors

GMD, GCO, GML = "http://www.isotc211.org/2005/gmd", "http://www.isotc211.org/2005/gco", "http://www.opengis.net/gml/3.2"
_LISTS = "http://standards.iso.org/iso/19139/resources/gmxCodelists.xml"
_CLASSES = {"public": "unclassified", "internal": "restricted", "restricted": "confidential", "secret": "secret"}
for _prefix, _space in (("gmd", GMD), ("gco", GCO), ("gml", GML)):
    ET.register_namespace(_prefix, _space)


def dataset_xml(dataset: PlanDataset, release: PlanRelease | None = None) -> bytes:
    """The metadata of a dataset, as of a release (by default the one in force)."""
    found = release or in_force(dataset)
    facts = metadata_of(dataset)
    root = ET.Element(f"{{{GMD}}}MD_Metadata")
    _text(root, "fileIdentifier", _identifier(dataset, found))
    _code(root, "language", "LanguageCode", "zho")
    _code(root, "characterSet", "MD_CharacterSetCode", "utf8")
    _code(root, "hierarchyLevel", "MD_ScopeCode", "dataset")
    _party(_sub(root, "contact"), dataset, facts, "pointOfContact")
    _date(root, "dateStamp", timezone.localdate())
    _text(root, "metadataStandardName", "ISO 19115:2003/19139")
    _text(root, "metadataStandardVersion", "1.0")
    _reference_system(root, selectors.working_grid().statutory_epsg)
    _identification(root, dataset, facts, found)
    _quality(root, dataset, facts, found)
    ET.indent(root)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="utf-8")


def _identifier(dataset: PlanDataset, release: PlanRelease | None) -> str:
    mark = release.digest[:16] if release else "draft"
    return f"{public_address(f'/plans/{dataset.pk}/metadata.xml')}#{mark}"


def _identification(root: Any, dataset: PlanDataset, facts: DatasetMetadata, release: PlanRelease | None) -> None:
    data = _sub(root, "identificationInfo/MD_DataIdentification")
    citation = _sub(data, "citation/CI_Citation")
    _text(citation, "title", f"{dataset.name}（{dataset.plan_name}）" if dataset.plan_name else dataset.name)
    for day, kind in ((facts.data_date, "creation"), (dataset.document_date, "publication"), (release and release.valid_from, "revision")):
        if day:
            stated = _sub(citation, "date/CI_Date", new=True)
            _date(stated, "date", day)
            _code(stated, "dateType", "CI_DateTypeCode", kind)
    if release:
        _text(citation, "edition", str(release.number))
    if dataset.document_no:
        _text(_sub(citation, "identifier/MD_Identifier"), "code", dataset.document_no)
    _text(data, "abstract", facts.abstract or _("%(name)s，图层 %(layer)s。") % {"name": dataset.name, "layer": dataset.layer_code})
    if facts.purpose:
        _text(data, "purpose", facts.purpose)
    _code(data, "status", "MD_ProgressCode", "completed" if release else "underDevelopment")
    _party(_sub(data, "pointOfContact"), dataset, facts, "owner")
    if facts.licence:
        legal = _sub(data, "resourceConstraints/MD_LegalConstraints", new=True)
        _text(legal, "useLimitation", facts.licence)
        _code(legal, "useConstraints", "MD_RestrictionCode", "license")
    if facts.security:
        secure = _sub(data, "resourceConstraints/MD_SecurityConstraints", new=True)
        _code(secure, "classification", "MD_ClassificationCode", _CLASSES[facts.security])
    _code(data, "spatialRepresentationType", "MD_SpatialRepresentationTypeCode", "vector")
    scale = _sub(data, "spatialResolution/MD_Resolution/equivalentScale/MD_RepresentativeFraction/denominator")
    ET.SubElement(scale, f"{{{GCO}}}Integer").text = str(dataset.scale)
    _code(data, "language", "LanguageCode", "zho")
    ET.SubElement(_sub(data, "topicCategory"), f"{{{GMD}}}MD_TopicCategoryCode").text = "planningCadastre"
    _extent(data, release)


def _extent(data: Any, release: PlanRelease | None) -> None:
    if release is None:
        return
    extent = _sub(data, "extent/EX_Extent")
    box = release.patches.aggregate(west=Min("min_x"), east=Max("max_x"), south=Min("min_y"), north=Max("max_y"))
    if box["west"] is not None:
        place = _sub(extent, "geographicElement/EX_GeographicBoundingBox")
        names = ("westBoundLongitude", "eastBoundLongitude", "southBoundLatitude", "northBoundLatitude")
        for name, key in zip(names, ("west", "east", "south", "north"), strict=True):
            ET.SubElement(_sub(place, name), f"{{{GCO}}}Decimal").text = f"{box[key]:.6f}"
    if release.valid_from:
        period = _sub(extent, "temporalElement/EX_TemporalExtent/extent")
        made = ET.SubElement(period, f"{{{GML}}}TimePeriod", {f"{{{GML}}}id": f"valid-{release.pk}"})
        ET.SubElement(made, f"{{{GML}}}beginPosition").text = release.valid_from.isoformat()
        end = ET.SubElement(made, f"{{{GML}}}endPosition", {} if release.valid_to else {"indeterminatePosition": "unknown"})
        end.text = release.valid_to.isoformat() if release.valid_to else None


def _quality(root: Any, dataset: PlanDataset, facts: DatasetMetadata, release: PlanRelease | None) -> None:
    quality = _sub(root, "dataQualityInfo/DQ_DataQuality")
    _code(_sub(quality, "scope/DQ_Scope"), "level", "MD_ScopeCode", "dataset")
    if facts.accuracy_m is not None:
        result = _sub(quality, "report/DQ_AbsoluteExternalPositionalAccuracy/result/DQ_QuantitativeResult")
        unit = _sub(result, "valueUnit")
        definition = ET.SubElement(unit, f"{{{GML}}}BaseUnit", {f"{{{GML}}}id": "metre"})
        ET.SubElement(definition, f"{{{GML}}}identifier", {"codeSpace": "SI"}).text = "m"
        ET.SubElement(definition, f"{{{GML}}}unitsSystem")
        ET.SubElement(_sub(result, "value"), f"{{{GCO}}}Record").text = f"{facts.accuracy_m:g}"
    lineage = _sub(quality, "lineage/LI_Lineage")
    _text(lineage, "statement", statement(dataset, facts, release))
    origin = provenance(release.delivery) if release else None
    for step in steps(origin):
        _text(_sub(lineage, "processStep/LI_ProcessStep", new=True), "description", step)
    for name, digest, size in origin.files if origin else ():
        source = _sub(lineage, "source/LI_Source", new=True)
        _text(source, "description", f"{name}, {size} bytes, SHA-256 {digest}")


def statement(dataset: PlanDataset, facts: DatasetMetadata, release: PlanRelease | None) -> str:
    """The lineage in one sentence."""
    words = [facts.method] if facts.method else []
    if release:
        words.append(
            _("第 %(n)s 版，%(count)s 个图斑，摘要 %(digest)s。")
            % {"n": release.number, "count": release.patch_count, "digest": release.digest}
        )
    return "　".join(words) or _("还没有成果。")


def steps(origin: Provenance | None) -> list[str]:
    """How the files became features, step by step."""
    if origin is None:
        return []
    found = [_("%(day)s 由 %(name)s 入库。") % {"day": origin.uploaded_on, "name": origin.uploaded_by}]
    if origin.reading:
        name = frame(int(origin.reading["epsg"])).name
        encoding = origin.reading.get("encoding") or "—"
        found.append(_("按 %(frame)s、编码 %(encoding)s 读取。") % {"frame": name, "encoding": encoding})
        found.append(_("坐标转换：%(operation)s。") % {"operation": origin.reading.get("operation", "")})
    if datum := (origin.reading or {}).get("datum"):
        rms = "—" if datum.get("rms_m") is None else f"{datum['rms_m']:.3f} m"
        found.append(
            _("转换参数集「%(name)s」，%(points)s 个控制点，中误差 %(rms)s，建立 %(author)s %(made)s，复核 %(checker)s，指纹 %(digest)s。")
            % {
                "name": datum["name"],
                "points": datum.get("points", 0),
                "rms": rms,
                "author": datum.get("author", ""),
                "made": datum.get("made", ""),
                "checker": datum.get("confirmed_by", ""),
                "digest": datum.get("fingerprint", ""),
            }
        )
    if account := origin.account:
        values = {key: account.get(key, 0) for key in ("source", "in", "pending", "rejected")}
        found.append(_("来源 %(source)s 个要素：入库 %(in)s，待定 %(pending)s，拒收 %(rejected)s。") % values)
    return found


# -- parts of the encoding


def _sub(parent: Any, path: str, *, new: bool = False) -> Any:
    """The element at a path of gmd names, made where it is not there; ``new``: its first step is always made."""
    for step, name in enumerate(path.split("/")):
        child = None if new and step == 0 else parent.find(f"{{{GMD}}}{name}")
        parent = child if child is not None else ET.SubElement(parent, f"{{{GMD}}}{name}")
    return parent


def _text(parent: Any, name: str, value: str) -> None:
    clean = "".join(character for character in value if character in "\n\t" or ord(character) >= 32)
    ET.SubElement(ET.SubElement(parent, f"{{{GMD}}}{name}"), f"{{{GCO}}}CharacterString").text = clean


def _code(parent: Any, name: str, listed: str, value: str) -> None:
    made = ET.SubElement(ET.SubElement(parent, f"{{{GMD}}}{name}"), f"{{{GMD}}}{listed}")
    made.set("codeList", f"{_LISTS}#{listed}")
    made.set("codeListValue", value)
    made.text = value


def _date(parent: Any, name: str, day: date) -> None:
    ET.SubElement(ET.SubElement(parent, f"{{{GMD}}}{name}"), f"{{{GCO}}}Date").text = day.isoformat()


def _party(parent: Any, dataset: PlanDataset, facts: DatasetMetadata, role: str) -> None:
    party = _sub(parent, "CI_ResponsibleParty")
    if facts.contact:
        _text(party, "individualName", facts.contact)
    _text(party, "organisationName", str(dataset.owner) if dataset.owner else _("未登记"))
    _code(party, "role", "CI_RoleCode", role)


def _reference_system(root: Any, epsg: int) -> None:
    identifier = _sub(root, "referenceSystemInfo/MD_ReferenceSystem/referenceSystemIdentifier/RS_Identifier")
    _text(identifier, "code", str(epsg))
    _text(identifier, "codeSpace", "EPSG")
