"""Forms of the pages; the rules stand in the verbs, the forms only read the fields."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from lantu.accounts.models import Department
from lantu.plans import readers
from lantu.standards import selectors


def posted_number(request: HttpRequest, name: str) -> int | None:
    """A whole number that a page sends beside its form (version, finding); None for anything else."""
    text = request.POST.get(name, "")
    return int(text) if text.isdecimal() else None


class _Files(forms.FileInput):
    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return files.getlist(name)


class FilesField(forms.FileField):
    """Several files at once."""

    widget = _Files(attrs={"multiple": True})

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        clean = super().clean
        return [clean(one, initial) for one in data] if data else [found for found in [clean(None, initial)] if found]


def _day(label: Any, **options: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}), **options)


class DatasetForm(forms.Form):
    """A new dataset."""

    layer_code = forms.ChoiceField(label=_("图层"), help_text=_("按图层目录选；没有的图层先在城市包里登记。"))
    name = forms.CharField(label=_("名称"), max_length=200, help_text=_("如「贵阳市城市总体规划（2011—2020）· 用地」。"))
    plan_name = forms.CharField(label=_("规划名称"), max_length=200, required=False)
    owner = forms.ModelChoiceField(
        label=_("责任部门"), queryset=Department.objects.none(), required=False, empty_label=_("按图层目录"), to_field_name="code"
    )
    scale = forms.IntegerField(label=_("比例尺分母"), required=False, min_value=100, help_text=_("不填则按图层目录。"))
    document_no = forms.CharField(label=_("批复文号"), max_length=100, required=False)
    document_date = _day(_("批复日期"), required=False)
    valid_from = _day(_("规划期起"), required=False)
    valid_to = _day(_("规划期止"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        layers = [layer for layer in selectors.catalogue().layers.values() if not layer.is_living]
        self.fields["layer_code"].choices = [(layer.code, str(layer)) for layer in sorted(layers, key=lambda one: one.order)]  # type: ignore[attr-defined]
        self.fields["owner"].queryset = Department.objects.filter(valid_to=None)  # type: ignore[attr-defined]


class LegalForm(forms.Form):
    """On what a release rests and how long it holds."""

    document_no = forms.CharField(label=_("批复文号"), max_length=100, required=False)
    document_date = _day(_("批复日期"), required=False)
    valid_from = _day(_("生效"), required=False, help_text=_("不填则从今天起（第一版从规划期起）。"))
    valid_to = _day(_("失效"), required=False, help_text=_("到这一天起不再有效；不填则按规划期。"))


class LivingForm(forms.Form):
    """New features of a living layer, from a file or pasted GeoJSON."""

    layer_code = forms.ChoiceField(label=_("活图层"))
    upload = FilesField(label=_("文件"), required=False)
    geojson = forms.CharField(
        label=_("或粘贴 GeoJSON"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
        help_text=_("经纬度（经度在前），可以是几何、要素或要素集。"),
    )
    epsg = forms.IntegerField(label=_("坐标系（EPSG 代码）"), required=False, help_text=_("不填则自动识别。"))
    id_field = forms.CharField(label=_("标识字段"), required=False, help_text=_("来源里哪个字段是标识；不填则用文号和行号。"))
    name_field = forms.CharField(label=_("名称字段"), required=False)
    document_no = forms.CharField(label=_("文号"), max_length=100, required=False)
    valid_from = _day(_("生效"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        layers = [layer for layer in selectors.catalogue().layers.values() if layer.is_living]
        self.fields["layer_code"].choices = [(layer.code, str(layer)) for layer in sorted(layers, key=lambda one: one.order)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        _one_source(self, data)
        return data


class SupersedeForm(forms.Form):
    """The shape that replaces a living feature."""

    upload = FilesField(label=_("文件"), required=False)
    geojson = forms.CharField(
        label=_("或粘贴 GeoJSON"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text=_("正好一个图形。"),
    )
    document_no = forms.CharField(label=_("文号"), max_length=100, required=False)
    valid_from = _day(_("自哪天起替代"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        _one_source(self, data)
        return data


class EndForm(forms.Form):
    """The end of a living feature."""

    on = _day(_("自哪天起不再有效"))
    reason = forms.CharField(label=_("理由"), max_length=200)


def _one_source(form: forms.Form, data: dict[str, Any]) -> None:
    text, uploads = data.get("geojson", "").strip(), data.get("upload")
    if bool(text) == bool(uploads):
        form.add_error("upload", _("请选文件，或粘贴 GeoJSON，两者选一。"))
    elif text:
        try:
            data["geojson"] = json.dumps(_collection(json.loads(text)), ensure_ascii=False)
        except (ValueError, AttributeError) as error:
            form.add_error("geojson", _("这不是 GeoJSON：%(reason)s") % {"reason": error})


def _collection(value: dict[str, Any]) -> dict[str, Any]:
    if value.get("type") == "FeatureCollection":
        return value
    feature = value if value.get("type") == "Feature" else {"type": "Feature", "geometry": value, "properties": {}}
    return {"type": "FeatureCollection", "features": [feature]}


@contextmanager
def laid_out(data: dict[str, Any]) -> Iterator[list[readers.NamedFile]]:
    """What a form brought, as files on disk for as long as they are read."""
    with tempfile.TemporaryDirectory(prefix="lantu-living-") as folder:
        found: list[readers.NamedFile] = []
        if data.get("geojson"):
            path = Path(folder) / "pasted.geojson"
            path.write_text(data["geojson"], encoding="utf-8")
            found.append(readers.NamedFile(path, "pasted.geojson"))
        for number, upload in enumerate(data.get("upload") or []):
            path = Path(folder) / str(number)
            with path.open("wb") as out:
                for chunk in upload.chunks():
                    out.write(chunk)
            found.append(readers.NamedFile(path, upload.name or str(number)))
        yield found
