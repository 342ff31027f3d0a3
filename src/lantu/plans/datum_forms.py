"""Forms of the pages of datum parameters."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lantu.geodesy.frames import BEIJING54, KNOWN, LOCAL_EPSG, OLD_DATUMS, XIAN80, Frame
from lantu.plans.models import DatumSet
from lantu.standards import selectors

_NEAR_DEGREES = 3.5
_KINDS = [pair for pair in DatumSet.Kind.choices if pair[0] != DatumSet.Kind.GRID]  # a grid comes from the settings


def source_choices() -> list[tuple[int, Any]]:
    """Frames of the old datums whose zones lie over the city, and the city's own system."""
    west, _south, east, _north = selectors.city_extent()
    middle = (west + east) / 2

    def near(one: Frame) -> bool:
        return one.geographic or (one.central_meridian is not None and abs(one.central_meridian - middle) <= _NEAR_DEGREES)

    order = {XIAN80: 0, BEIJING54: 1}
    found = [one for one in KNOWN.values() if one.datum in OLD_DATUMS and near(one) and not one.geographic]
    found.sort(key=lambda one: (order[one.datum], one.degrees or 0, one.prefixed, one.zone or 0))
    return [*((one.epsg, f"{one.name}（EPSG:{one.epsg}）") for one in found), (LOCAL_EPSG, _("城市独立坐标系"))]


class _SourceForm(forms.Form):
    name = forms.CharField(label=_("名称"), max_length=100, help_text=_("参数集按名称使用，建立后不能修改。"))
    source_epsg = forms.TypedChoiceField(label=_("源坐标系"), coerce=int)
    source_name = forms.CharField(label=_("源坐标系名称"), max_length=100, required=False, help_text=_("城市独立坐标系请写它的名称。"))
    source_proj = forms.CharField(
        label=_("源坐标系的投影（PROJ）"),
        max_length=300,
        required=False,
        help_text=_("只有城市独立坐标系要填，如 +proj=tmerc +lon_0=106.5 +x_0=50000 …；与参数一起加密保存。"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source_epsg"].choices = source_choices()  # type: ignore[attr-defined]


class FitForm(_SourceForm):
    """A set to be fitted from control points."""

    kind = forms.ChoiceField(
        label=_("模型"),
        choices=_KINDS,
        help_text=_("同一城市、平面成果用四参数（至少 2 点）；跨带或带高程用七参数（至少 3 点，最好 5 点以上、分布均匀）。"),
    )
    points = forms.CharField(
        label=_("控制点"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false", "class": "code"}),
        help_text=_("第一行写表头：点名,源X,源Y,目标X,目标Y,用途。X 为北、Y 为东；用途写“检核”的点不参与计算；另可有 源H、目标H。"),
    )
    upload = forms.FileField(label=_("或上传表格"), required=False, help_text=_(".xlsx 或 .csv，表头相同。"))
    note = forms.CharField(label=_("说明"), max_length=400, required=False, help_text=_("控制点来源、等级、施测年份。"))
    field_order = ("name", "kind", "source_epsg", "source_name", "source_proj", "points", "upload", "note")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("points", "").strip() and not data.get("upload"):
            self.add_error("points", _("请粘贴控制点，或上传表格。"))
        return data

    def table(self) -> bytes:
        """The control points as they came."""
        upload = self.cleaned_data.get("upload")
        return upload.read() if upload else self.cleaned_data["points"].strip().encode()


class GivenForm(_SourceForm):
    """A set that the surveying authority has given as numbers."""

    kind = forms.ChoiceField(label=_("模型"), choices=_KINDS)
    values = forms.CharField(
        label=_("参数"),
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "class": "code", "autocomplete": "off"}),
        help_text=_(
            "用逗号或空格隔开。四参数：ΔX（北）、ΔY（东）（米）、旋转（秒）、尺度（ppm）；"
            "三参数：ΔX、ΔY、ΔZ（米）；七参数：ΔX、ΔY、ΔZ（米）、εX、εY、εZ（秒，坐标框架法）、尺度（ppm）。"
        ),
    )
    rms_m = forms.FloatField(label=_("说明书给出的中误差（米）"), required=False, min_value=0)
    note = forms.CharField(label=_("说明"), max_length=400, required=False, help_text=_("给出单位、文号、日期。"))
    field_order = ("name", "kind", "source_epsg", "source_name", "source_proj", "values", "rms_m", "note")

    def clean_values(self) -> list[float]:
        """The numbers."""
        try:
            return [float(part) for part in self.cleaned_data["values"].replace("，", ",").replace(",", " ").split()]
        except ValueError as error:
            raise forms.ValidationError(_("参数里有不是数字的内容。")) from error
