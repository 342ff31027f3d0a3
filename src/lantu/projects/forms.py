"""Forms of the pages; the rules stand in the verbs, the forms only read the fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import shapely
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from lantu.accounts.models import Department, Region
from lantu.plans.forms import FilesField
from lantu.projects.models import (
    CandidateSite,
    CodeApplication,
    Condition,
    Expert,
    Generation,
    Programme,
    Project,
    ProjectAlias,
    ProjectLink,
    ProjectUnit,
    Quota,
    Review,
    Work,
)
from lantu.projects.ports import code_issuers
from lantu.projects.selectors import dossier, replies
from lantu.projects.services.library import DICTIONARIES
from lantu.projects.widgets import DrawnShape
from lantu.standards import selectors


def words(dictionary: str, *, blank: bool = False) -> list[tuple[str, str]]:
    """Choices of a dictionary of the pack."""
    found = [(code, str(item)) for code, item in selectors.dictionary(dictionary).items()]
    return [("", "—"), *found] if blank else found


def _area(label: Any) -> forms.DecimalField:
    return forms.DecimalField(label=label, required=False, max_digits=14, decimal_places=2, min_value=0)


def _day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}))


class ProjectForm(forms.Form):
    """What is known of a project."""

    name = forms.CharField(label=_("项目名称"), max_length=200)
    department = forms.ModelChoiceField(label=_("行业主管部门"), queryset=Department.objects.none(), to_field_name="code")
    region = forms.ModelChoiceField(label=_("区县"), queryset=Region.objects.none(), to_field_name="code")
    kind = forms.ChoiceField(label=_("审批类型"))
    industry = forms.ChoiceField(label=_("行业"), help_text=_("按国民经济行业分类大类；它写进项目代码。"))
    sector = forms.ChoiceField(label=_("领域"), required=False)
    source = forms.ChoiceField(label=_("项目来源"), required=False)
    source_reference = forms.CharField(label=_("来源编号"), max_length=100, required=False)
    process_class = forms.ChoiceField(label=_("审批流程类型"), required=False)
    idea = forms.CharField(label=_("建设内容"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    scale = forms.CharField(label=_("建设规模"), max_length=500, required=False)
    floor_area_m2 = _area(_("建筑面积（㎡）"))
    land_area_m2 = _area(_("用地面积（㎡）"))
    farmland_m2 = _area(_("占用耕地（㎡）"))
    investment_wan = _area(_("总投资（万元）"))
    funding = forms.ChoiceField(label=_("资金来源"), required=False)
    place = forms.CharField(label=_("建设地点"), max_length=200, required=False)
    planned_from = _day(_("计划开工"))
    planned_to = _day(_("计划竣工"))

    def __init__(self, *args: Any, project: Project | None = None, **kwargs: Any) -> None:
        """``project``: the one that is changed; its department stays a choice though it has been merged meanwhile."""
        super().__init__(*args, **kwargs)
        for name, dictionary in DICTIONARIES.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = words(dictionary, blank=not field.required)
        choices: dict[str, Any] = {
            "department": Department.objects.filter(Q(valid_to=None) | Q(pk=project.department_id if project else None)).order_by("code"),
            "region": Region.objects.filter(kind__in=[Region.Kind.COUNTY, Region.Kind.FUNCTIONAL], valid_to=None).order_by("code"),
        }
        for name, rows in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = rows


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("原因"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class GroundForm(forms.Form):
    """A ground drawn on the map, uploaded, or by pasted coordinates: exactly one of them."""

    drawn = forms.CharField(label=_("在图上画"), required=False, widget=DrawnShape())
    upload = FilesField(
        label=_("或上传文件"),
        required=False,
        help_text=_("Shapefile（几个文件一起选，或打成 zip）、GeoPackage、GeoJSON、界址点 TXT；一个文件一个地块。"),
    )
    coordinates = forms.CharField(
        label=_("或粘贴界址点坐标"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
        help_text=_("一行一个点，或粘贴界址点文本、GeoJSON、WKT；坐标系按数值识别。"),
    )
    epsg = forms.IntegerField(label=_("坐标系（EPSG）"), required=False, help_text=_("不填按数值识别。"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        given = [name for name in ("drawn", "upload", "coordinates") if data.get(name)]
        if len(given) != 1:
            self.add_error(given[-1] if given else "drawn", _("画图、上传、粘贴坐标三种方式，选用其中一种。"))
        return data


class SiteForm(GroundForm):
    """A site of a project."""

    of_subject = True

    label = forms.CharField(label=_("地块名称"), max_length=100)
    note = forms.CharField(label=_("说明"), max_length=500, required=False)

    field_order = ("label", "drawn", "upload", "coordinates", "epsg", "note")

    def __init__(self, *args: Any, subject: Project, **kwargs: Any) -> None:
        """``subject``: the project; its other sites are shown beneath."""
        super().__init__(*args, **kwargs)
        widget = self.fields["drawn"].widget
        assert isinstance(widget, DrawnShape)
        sites = [one.geometry for one in subject.sites.filter(withdrawn=False)]
        features = [{"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(shape)} for shape in sites]
        widget.around = {"type": "FeatureCollection", "features": features} if features else None


class AssessmentForm(GroundForm):
    """An assessment of an area."""

    kind = forms.ChoiceField(label=_("评估类别"))
    title = forms.CharField(label=_("名称"), max_length=200)
    document_no = forms.CharField(label=_("批复文号"), max_length=100)
    approved_on = forms.DateField(label=_("批复日期"), widget=forms.DateInput(attrs={"type": "date"}))
    valid_to = _day(_("有效期至"))
    conclusion = forms.CharField(label=_("结论要点"), max_length=500, required=False)

    field_order = ("kind", "title", "document_no", "approved_on", "valid_to", "conclusion", "drawn", "upload", "coordinates", "epsg")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose(self, "kind", "regional_assessment")


class ExpertForm(forms.Form):
    """Somebody for the list of experts."""

    name = forms.CharField(label=_("姓名"), max_length=80)
    field = forms.ChoiceField(label=_("专业"))
    unit = forms.CharField(label=_("工作单位"), max_length=200)
    title = forms.CharField(label=_("职称"), max_length=80, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose(self, "field", "expert_field")


class ChoiceForm(forms.Form):
    """A form that offers rows of its subject: ``choices`` gives them for each field."""

    of_subject = True
    choices: ClassVar[dict[str, Callable[[Any], QuerySet[Any]]]] = {}

    def __init__(self, *args: Any, subject: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, rows in self.choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = rows(subject)


class SiteChoiceForm(ChoiceForm):
    site = forms.ModelChoiceField(label=_("地块"), queryset=CandidateSite.objects.none())

    choices = {"site": lambda project: project.sites.filter(withdrawn=False)}


class WithdrawSiteForm(SiteChoiceForm):
    reason = forms.CharField(label=_("原因"), max_length=500)


class UnitChoiceForm(ChoiceForm):
    unit = forms.ModelChoiceField(label=_("单位"), queryset=ProjectUnit.objects.none())

    choices = {"unit": lambda project: project.units.filter(ended=False)}


class UnverifiedUnitForm(UnitChoiceForm):
    choices = {"unit": lambda project: project.units.filter(ended=False, verified=False).exclude(uscc="")}


class ApplicationForm(ChoiceForm):
    """An application for a code that has not come."""

    application = forms.ModelChoiceField(label=_("赋码方"), queryset=CodeApplication.objects.none(), empty_label=None)

    choices = {"application": lambda project: project.code_applications.exclude(state=CodeApplication.State.GIVEN)}


class VoidAliasForm(ChoiceForm):
    alias = forms.ModelChoiceField(label=_("外部代码"), queryset=ProjectAlias.objects.none())
    reason = forms.CharField(label=_("原因"), max_length=300)

    choices = {"alias": lambda project: project.aliases.filter(voided_reason="")}


class BuildingForm(ChoiceForm):
    work = forms.ModelChoiceField(label=_("工程"), queryset=Work.objects.none())
    name = forms.CharField(label=_("单体名称"), max_length=200)
    use = forms.CharField(label=_("用途"), max_length=40, required=False)
    floor_area_m2 = _area(_("建筑面积（㎡）"))
    height_m = forms.DecimalField(label=_("建筑高度（m）"), required=False, max_digits=7, decimal_places=2, min_value=0)

    choices = {"work": lambda project: project.works.filter(voided_reason="")}


class IssuerForm(forms.Form):
    """A connected issuer that was not asked yet."""

    of_subject = True

    issuer = forms.ChoiceField(label=_("赋码方"))

    def __init__(self, *args: Any, subject: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["issuer"]
        assert isinstance(field, forms.ChoiceField)
        asked = set(subject.code_applications.values_list("issuer", flat=True))
        names = dict(words("code_issuer"))
        field.choices = [(one.issuer, names.get(one.issuer, one.issuer)) for one in code_issuers.all() if one.issuer not in asked]


class UnitForm(forms.Form):
    kind = forms.ChoiceField(label=_("单位类型"))
    uscc = forms.CharField(label=_("统一社会信用代码"), max_length=18, required=False)
    name = forms.CharField(label=_("单位名称"), max_length=200, required=False, help_text=_("法人库查得到的，以法人库为准。"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose(self, "kind", "unit_kind")


class AliasForm(forms.Form):
    issuer = forms.ChoiceField(label=_("赋码方"))
    code = forms.CharField(label=_("代码"), max_length=60)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose(self, "issuer", "code_issuer")


class LinkForm(forms.Form):
    code = forms.CharField(label=_("对方项目代码"), max_length=30)
    kind = forms.ChoiceField(label=_("关系"), choices=ProjectLink.Kind.choices)
    note = forms.CharField(label=_("说明"), max_length=300, required=False)


class WorkForm(forms.Form):
    name = forms.CharField(label=_("工程名称"), max_length=200)
    scope = forms.CharField(label=_("工程范围"), max_length=500, required=False)


class AskAgainForm(forms.Form):
    question = forms.CharField(label=_("征求内容"), widget=forms.Textarea(attrs={"rows": 3}), required=False)


class CheckForm(forms.Form):
    use = forms.CharField(label=_("拟建用途"), max_length=20, required=False, help_text=_("用地分类代码，如 A33；不填则不比对用途。"))


class MeetingForm(forms.Form):
    at = forms.DateTimeField(label=_("时间"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))
    place = forms.CharField(label=_("地点"), max_length=200, required=False)


class ReviewForm(MeetingForm):
    experts = forms.ModelMultipleChoiceField(
        label=_("专家"),
        queryset=Expert.objects.filter(left_reason=""),
        required=False,
        help_text=_("从专家库选；参建单位的人应当回避。"),
    )


class ScoreForm(forms.Form):
    """A score of an expert or a department that was invited."""

    of_subject = True

    reviewer = forms.ChoiceField(label=_("评审人"))
    criterion = forms.ChoiceField(label=_("评审指标"))
    points = forms.DecimalField(label=_("得分"), max_digits=5, decimal_places=1, min_value=0)
    remark = forms.CharField(label=_("说明"), max_length=300, required=False)

    def __init__(self, *args: Any, subject: Generation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reviewer, criterion = self.fields["reviewer"], self.fields["criterion"]
        assert isinstance(reviewer, forms.ChoiceField)
        assert isinstance(criterion, forms.ChoiceField)
        reviewer.choices = [(name, name) for name in replies.invited(subject)]
        criterion.choices = [
            (code, f"{item}（{item.traits.get('points', 100)}）") for code, item in selectors.dictionary("review_criterion").items()
        ]


class ConcludeForm(forms.Form):
    verdict = forms.ChoiceField(label=_("结论"), choices=Review.Verdict.choices)
    opinion = forms.CharField(label=_("评审意见"), widget=forms.Textarea(attrs={"rows": 4}))


class ConditionForm(ChoiceForm):
    """By what a condition is met."""

    condition = forms.ModelChoiceField(label=_("条件"), queryset=Condition.objects.none())
    evidence = forms.CharField(label=_("落实依据"), max_length=500, help_text=_("文件、图纸或证照的名称和编号。"))
    file = forms.FileField(label=_("落实材料"), required=False)
    waive = forms.BooleanField(label=_("不再适用"), required=False)

    choices = {"condition": dossier.open_conditions}


class YearForm(forms.Form):
    year = forms.IntegerField(label=_("年度"), min_value=2000, max_value=2100)


class QuotaForm(forms.Form):
    kind = forms.ChoiceField(label=_("指标"), choices=Quota.Kind.choices)
    amount = forms.DecimalField(label=_("额度"), max_digits=16, decimal_places=2, min_value=0)


class EntryForm(forms.Form):
    code = forms.CharField(label=_("项目代码"), max_length=30)
    land = forms.DecimalField(label=_("建设用地（㎡）"), max_digits=14, decimal_places=2, min_value=0, initial=0)
    farmland = forms.DecimalField(label=_("占用耕地（㎡）"), max_digits=14, decimal_places=2, min_value=0, initial=0)
    funds = forms.DecimalField(label=_("年度投资（万元）"), max_digits=14, decimal_places=2, min_value=0, initial=0)
    first_quarter = forms.IntegerField(label=_("开始季度"), min_value=1, max_value=4, initial=1)
    last_quarter = forms.IntegerField(label=_("结束季度"), min_value=1, max_value=4, initial=4)


class ProposeForm(ChoiceForm):
    """A project into a year's programme, from its own page."""

    programme = forms.ModelChoiceField(label=_("年度计划"), queryset=Programme.objects.none(), empty_label=None)
    land = forms.DecimalField(label=_("建设用地（㎡）"), max_digits=14, decimal_places=2, min_value=0, initial=0)
    farmland = forms.DecimalField(label=_("占用耕地（㎡）"), max_digits=14, decimal_places=2, min_value=0, initial=0)
    funds = forms.DecimalField(label=_("年度投资（万元）"), max_digits=14, decimal_places=2, min_value=0, initial=0)
    first_quarter = forms.IntegerField(label=_("开始季度"), min_value=1, max_value=4, initial=1)
    last_quarter = forms.IntegerField(label=_("结束季度"), min_value=1, max_value=4, initial=4)

    choices = {"programme": lambda project: Programme.objects.filter(state=Programme.State.DRAFT)}


class SettleEntryForm(forms.Form):
    code = forms.CharField(label=_("项目代码"), max_length=30)
    reason = forms.CharField(label=_("不列入的原因"), max_length=300, required=False, help_text=_("不填即列入。"))


class ApproveForm(forms.Form):
    document_no = forms.CharField(label=_("批复文号"), max_length=100)
    document_date = forms.DateField(label=_("批复日期"), widget=forms.DateInput(attrs={"type": "date"}))


class ProgressForm(forms.Form):
    code = forms.CharField(label=_("项目代码"), max_length=30)
    quarter = forms.IntegerField(label=_("季度"), min_value=1, max_value=4)
    invested = forms.DecimalField(label=_("累计完成投资（万元）"), max_digits=14, decimal_places=2, min_value=0)
    words = forms.CharField(label=_("进展"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class ImportForm(forms.Form):
    file = forms.FileField(
        label=_("项目表（.xlsx）"), help_text=_("用模板填写；一行一个项目。来源和来源编号相同的行视为同一项目，不会重复入库。")
    )


def _choose(form: forms.Form, name: str, dictionary: str) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = words(dictionary)


def facts_of(project: Project) -> dict[str, Any]:
    """The initial values of ``ProjectForm``."""
    return {name: getattr(project, name) for name in ProjectForm.base_fields} | {
        "department": project.department.code,
        "region": project.region.code,
    }
