"""Rows that hang on a subject of a higher room."""

from __future__ import annotations

from django.db import models


class SubjectRow(models.Model):
    """A row about a subject (办理对象), named by model label and key as in the audit trail."""

    subject_type = models.CharField("对象类型", max_length=80)
    subject_id = models.CharField("对象", max_length=64)

    class Meta:
        abstract = True
