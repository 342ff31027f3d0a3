"""The unified project library (统一项目管理库): one row for a project from the idea to demolition."""

from __future__ import annotations

from django.db import models
from django.urls import reverse

from lantu.core.spatial import SpatialModel


class Project(models.Model):
    """A project (项目). ``code`` is given in the transaction in which it enters and stays for life; other issuers' codes are aliases.

    ``library`` says how far it has come, ``state`` whether it goes on. ``version`` counts changes, so that two editors notice each other.
    """

    searched = ("name", "code")

    class Library(models.TextChoices):
        RESERVE = "reserve", "储备库"
        PLANNING = "planning", "策划库"
        IMPLEMENTATION = "implementation", "实施库"
        CONSTRUCTION = "construction", "建设库"
        COMPLETED = "completed", "竣工库"

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        RECEIVED = "received", "已入库"
        RETURNED = "returned", "已退回"
        SUSPENDED = "suspended", "已中止"
        TERMINATED = "terminated", "已终止"

    code = models.CharField("项目代码", max_length=30, unique=True)
    series = models.CharField("编码序列", max_length=20)
    serial = models.PositiveIntegerField("序号")
    entry_key = models.CharField("入库标识", max_length=80, unique=True, help_text="同一标识再次入库得到同一项目")
    name = models.CharField("项目名称", max_length=200)
    library = models.CharField("所在库", max_length=16, choices=Library, default=Library.RESERVE)
    state = models.CharField("状态", max_length=12, choices=State, default=State.DRAFT)
    state_reason = models.CharField("状态说明", max_length=500, blank=True)
    kind = models.CharField("审批类型", max_length=4, help_text="字典 project_kind")
    industry = models.CharField("行业", max_length=4, help_text="GB/T 4754 大类")
    sector = models.CharField("领域", max_length=40, blank=True, help_text="字典 project_sector")
    process_class = models.CharField("审批流程类型", max_length=4, blank=True, help_text="字典 process_class")
    source = models.CharField("来源", max_length=40, blank=True, help_text="字典 project_source")
    source_reference = models.CharField("来源编号", max_length=100, blank=True)
    idea = models.TextField("建设内容", blank=True)
    scale = models.CharField("建设规模", max_length=500, blank=True)
    floor_area_m2 = models.DecimalField("建筑面积（㎡）", max_digits=14, decimal_places=2, null=True)
    land_area_m2 = models.DecimalField("用地面积（㎡）", max_digits=14, decimal_places=2, null=True)
    farmland_m2 = models.DecimalField("占用耕地（㎡）", max_digits=14, decimal_places=2, null=True)
    investment_wan = models.DecimalField("总投资（万元）", max_digits=14, decimal_places=2, null=True)
    funding = models.CharField("资金来源", max_length=40, blank=True, help_text="字典 funding_source")
    region = models.ForeignKey("accounts.Region", verbose_name="区县", on_delete=models.PROTECT, related_name="+")
    place = models.CharField("建设地点", max_length=200, blank=True)
    department = models.ForeignKey("accounts.Department", verbose_name="行业主管部门", on_delete=models.PROTECT, related_name="+")
    planned_from = models.DateField("计划开工", null=True)
    planned_to = models.DateField("计划竣工", null=True)
    demo = models.BooleanField("演示数据", default=False)
    entered_by_id = models.PositiveBigIntegerField("入库人", null=True)
    entered_by_name = models.CharField("入库人", max_length=80, blank=True)
    entered_at = models.DateTimeField("入库时间", auto_now_add=True)
    changed_at = models.DateTimeField("更新时间", auto_now=True)
    version = models.PositiveIntegerField("修改次数", default=1)

    class Meta:
        verbose_name = "项目"
        ordering = ["-entered_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["series", "serial"], name="project_serial_once_per_series")]
        indexes = [
            models.Index(fields=["-entered_at", "id"]),
            models.Index(fields=["library", "state", "-entered_at"]),
            models.Index(fields=["department", "library"]),
            models.Index(fields=["region", "library"]),
            models.Index(fields=["source", "source_reference"]),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("projects:project", args=[self.pk])


class ProjectAlias(models.Model):
    """A code that somebody else gave the project, e.g. the province's (别名). Never replaces ours; voided with a reason, never deleted."""

    project = models.ForeignKey(Project, verbose_name="项目", on_delete=models.PROTECT, related_name="aliases")
    issuer = models.CharField("赋码方", max_length=40, help_text="字典 code_issuer")
    code = models.CharField("代码", max_length=60)
    bound_at = models.DateTimeField("绑定时间", auto_now_add=True)
    voided_reason = models.CharField("作废原因", max_length=300, blank=True)

    class Meta:
        verbose_name = "项目别名"
        ordering = ["project", "issuer", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["issuer", "code"], condition=models.Q(voided_reason=""), name="alias_once_per_issuer"),
        ]

    def __str__(self) -> str:
        return self.code


class ProjectUnit(models.Model):
    """A unit that takes part (参建单位). ``verified`` says that name and state came from the legal-person base; typed ones are not."""

    project = models.ForeignKey(Project, verbose_name="项目", on_delete=models.PROTECT, related_name="units")
    kind = models.CharField("单位类型", max_length=4, help_text="字典 unit_kind；1 建设单位")
    uscc = models.CharField("统一社会信用代码", max_length=18, blank=True)
    name = models.CharField("单位名称", max_length=200)
    verified = models.BooleanField("已核验", default=False)
    register_state = models.CharField("登记状态", max_length=40, blank=True)
    verified_at = models.DateTimeField("核验时间", null=True)
    register_note = models.CharField("核验说明", max_length=300, blank=True, help_text="没有核验时，法人库最近一次怎么回答")
    ended = models.BooleanField("已退出", default=False)

    class Meta:
        verbose_name = "参建单位"
        ordering = ["project", "kind", "pk"]
        indexes = [models.Index(fields=["uscc"])]

    def __str__(self) -> str:
        return self.name


class ProjectLink(models.Model):
    """How two projects belong together (项目关联): parent and child, related, or the same under another name."""

    class Kind(models.TextChoices):
        PARENT = "parent", "上级项目"
        RELATED = "related", "相关项目"
        DUPLICATE = "duplicate", "重复项目"

    project = models.ForeignKey(Project, verbose_name="项目", on_delete=models.PROTECT, related_name="links")
    other = models.ForeignKey(Project, verbose_name="对方项目", on_delete=models.PROTECT, related_name="linked_by")
    kind = models.CharField("关系", max_length=10, choices=Kind)
    note = models.CharField("说明", max_length=300, blank=True)

    class Meta:
        verbose_name = "项目关联"
        ordering = ["project", "kind", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["project", "other", "kind"], name="project_link_once"),
            models.CheckConstraint(condition=~models.Q(project=models.F("other")), name="project_not_linked_to_itself"),
        ]


class CandidateSite(SpatialModel):
    """A site that the project may take (候选地块), EPSG:4490. The chosen one stands on the living layer of project red lines too."""

    project = models.ForeignKey(Project, verbose_name="项目", on_delete=models.PROTECT, related_name="sites")
    label = models.CharField("名称", max_length=100)
    chosen = models.BooleanField("选定", default=False)
    withdrawn = models.BooleanField("已放弃", default=False)
    area_m2 = models.DecimalField("椭球面积（㎡）", max_digits=16, decimal_places=2)
    note = models.CharField("说明", max_length=500, blank=True)
    source = models.CharField("来源", max_length=100, blank=True)
    added_by_name = models.CharField("登记人", max_length=80, blank=True)
    added_at = models.DateTimeField("登记时间", auto_now_add=True)
    living_id = models.PositiveBigIntegerField("红线要素", null=True)

    class Meta(SpatialModel.Meta):
        verbose_name = "候选地块"
        ordering = ["project", "pk"]
        constraints = [models.UniqueConstraint(fields=["project"], condition=models.Q(chosen=True), name="one_chosen_site_per_project")]

    def __str__(self) -> str:
        return self.label
