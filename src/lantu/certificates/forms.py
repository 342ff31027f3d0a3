"""Forms of the certificates room; the rules stand in the verbs."""

from __future__ import annotations

from typing import Any

import shapely
from django import forms
from django.utils.translation import gettext_lazy as _

from lantu.analysis.conformity.sites import from_text
from lantu.certificates.models import Certificate, CertificateEvent
from lantu.certificates.services.changing import allowed
from lantu.certificates.types import CertificateType
from lantu.core.errors import BadInput
from lantu.documents.models import Seal


def _day(label: Any, **options: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}), **options)


def seals_of(of: CertificateType, department: str) -> Any:
    """The seals that a department may put on a type."""
    return Seal.objects.filter(kind=of.seal, department=department, state=Seal.State.ACTIVE)


class GrantForm(forms.Form):
    """What a certificate grants."""

    holder_name = forms.CharField(label=_("持证单位"), max_length=200)
    holder_code = forms.CharField(label=_("统一社会信用代码"), max_length=40, required=False)

    def __init__(self, of: CertificateType, department: str, *args: Any, issuing: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.of = of
        for one in of.fields:
            if one.name not in of.from_holder and one.name != "project_code":
                self.fields[f"data-{one.name}"] = forms.CharField(label=one.title, required=one.required, max_length=1000)
        self.fields["project_code"] = forms.CharField(label=_("项目代码"), required=False, max_length=40)
        self.fields["valid_from"] = _day(_("有效期起"), required=False)
        self.fields["valid_to"] = _day(_("有效期止"), required=False, help_text=_("不填则按证照类型的年限。"))
        self.fields["geojson"] = forms.CharField(
            label=_("用地范围"),
            required=False,
            widget=forms.Textarea(attrs={"rows": 4}),
            help_text=_("GeoJSON 面，经度在前（CGCS2000）；填了就有附图，并登记到活图层。"),
        )
        if issuing:
            self.fields["seal"] = forms.ModelChoiceField(
                label=_("印章"),
                queryset=seals_of(of, department),
                required=False,
                empty_label=_("只取号，以后制证、用印"),
                help_text=_("「先申请后用印」的印章：取号并提交用印申请。"),
            )

    def clean_geojson(self) -> Any:
        """The polygon, or none."""
        text = self.cleaned_data["geojson"].strip()
        if not text:
            return None
        try:
            return from_text(text).geometry
        except BadInput as error:
            raise forms.ValidationError(str(error)) from error

    def values(self) -> dict[str, Any]:
        """What ``Grant`` takes."""
        given = self.cleaned_data
        data = {name.removeprefix("data-"): value for name, value in given.items() if name.startswith("data-")}
        kept = {name: given[name] for name in ("holder_name", "holder_code", "project_code", "valid_from", "valid_to")}
        return {**kept, "data": data, "geometry": given["geojson"]}


class ChangeForm(GrantForm):
    """What a successor grants: filled in with what the certificate says now, with the reason and the legal basis."""

    def __init__(self, of: CertificateType, certificate: Certificate, *args: Any, **kwargs: Any) -> None:
        known = {f"data-{name}": value for name, value in certificate.data.items()}
        kept = {name: getattr(certificate, name) for name in ("holder_name", "holder_code", "project_code", "valid_from", "valid_to")}
        ground = shapely.to_geojson(certificate.geometry) if certificate.geometry is not None else ""
        super().__init__(of, certificate.department, *args, issuing=False, initial={**known, **kept, "geojson": ground}, **kwargs)
        self.fields.update(_why())

    def why(self) -> dict[str, str]:
        """Reason and basis."""
        return {name: self.cleaned_data[name] for name in ("reason", "basis")}


class ExtendForm(forms.Form):
    """A longer validity."""

    valid_to = _day(_("新的有效期止"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.update(_why())


def _why() -> dict[str, forms.Field]:
    return {
        "reason": forms.CharField(label=_("理由"), max_length=300),
        "basis": forms.CharField(label=_("依据"), max_length=300, help_text=_("法律、法规的条款。")),
    }


class SealForm(forms.Form):
    """Which seal a prepared certificate takes."""

    seal = forms.ModelChoiceField(label=_("印章"), queryset=Seal.objects.none())

    def __init__(self, certificate: Certificate, of: CertificateType, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seal"].queryset = seals_of(of, certificate.department)  # type: ignore[attr-defined]


class DropForm(forms.Form):
    """Why a prepared certificate shall not be issued."""

    reason = forms.CharField(label=_("作废编号的理由"), max_length=300)


class StateForm(forms.Form):
    """Suspend, revoke …"""

    operation = forms.ChoiceField(label=_("办理"))
    reason = forms.CharField(label=_("理由"), max_length=300)
    basis = forms.CharField(label=_("依据"), max_length=300, help_text=_("法律、法规的条款。"))

    def __init__(self, certificate: Certificate, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = dict(CertificateEvent.Operation.choices)
        self.fields["operation"].choices = [(one, labels[one]) for one in allowed(certificate)]  # type: ignore[attr-defined]


class CopyForm(forms.Form):
    """A copy for one use."""

    purpose = forms.CharField(label=_("用途"), max_length=100)
    recipient = forms.CharField(label=_("使用单位"), max_length=100)
    expires = _day(_("有效至"))
    seal = forms.ModelChoiceField(label=_("印章"), queryset=Seal.objects.none())

    def __init__(self, certificate: Certificate, of: CertificateType, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seal"].queryset = seals_of(of, certificate.department)  # type: ignore[attr-defined]


class VerifyForm(forms.Form):
    """The public check."""

    q = forms.CharField(label=_("证号、标识或核验码"), max_length=200, required=False)
    file = forms.FileField(label=_("证照文件"), required=False)
    purpose = forms.CharField(label=_("用途"), max_length=100, required=False)
