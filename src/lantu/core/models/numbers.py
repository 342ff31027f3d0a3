"""Numbers that are never given twice."""

from __future__ import annotations

from django.db import models


class NumberSeries(models.Model):
    """A counter (号段), e.g. ``finding/2018``; the row is locked while a number is taken."""

    name = models.CharField("号段", max_length=120, primary_key=True)
    last = models.BigIntegerField("已用到", default=0)

    class Meta:
        verbose_name = "号段"


class NumberReservation(models.Model):
    """A number held for ``key`` (取号): asking again with the same key gives the same number, whatever failed in between."""

    series = models.ForeignKey(NumberSeries, on_delete=models.PROTECT, related_name="reservations")
    key = models.CharField("用途", max_length=200)
    number = models.BigIntegerField("号")
    voided_reason = models.CharField("作废原因", max_length=200, blank=True)
    reserved_at = models.DateTimeField("取号时间", auto_now_add=True)

    class Meta:
        verbose_name = "取号"
        constraints = [
            models.UniqueConstraint(fields=["series", "key"], name="one_number_per_key"),
            models.UniqueConstraint(fields=["series", "number"], name="one_key_per_number"),
        ]
