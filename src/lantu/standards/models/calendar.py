"""The working-day calendar (工作日历), in releases: a new notice makes a new release."""

from __future__ import annotations

from django.db import models

from lantu.standards.models.pack import PackVersion


class CalendarRelease(models.Model):
    """A state of the calendar. Years it does not know are provisional (Monday to Friday)."""

    pack = models.ForeignKey(PackVersion, verbose_name="城市包", null=True, on_delete=models.PROTECT, related_name="calendars")
    number = models.PositiveIntegerField("版次", unique=True)
    years = models.JSONField("已公布年份", default=list)
    digest = models.CharField("摘要", max_length=64, unique=True)
    note = models.CharField("依据", max_length=300, blank=True)
    released_at = models.DateTimeField("启用时间", auto_now_add=True)

    class Meta:
        verbose_name = "日历版次"
        ordering = ["-number"]


class CalendarDay(models.Model):
    """A day that differs from Monday-to-Friday: off on a weekday, or worked on a weekend (调休)."""

    release = models.ForeignKey(CalendarRelease, verbose_name="版次", on_delete=models.CASCADE, related_name="days")
    day = models.DateField("日期")
    is_off = models.BooleanField("放假")
    name = models.CharField("节日", max_length=60, blank=True)

    class Meta:
        verbose_name = "日历日"
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["release", "day"], name="one_day_per_release")]
