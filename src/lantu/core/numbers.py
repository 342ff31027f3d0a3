"""Number reservation: no number twice, no gap by retry, whatever fails in between."""

from __future__ import annotations

from django.db import transaction

from lantu.core.models import NumberReservation, NumberSeries


def reserve(series: str, key: str) -> int:
    """The number held for ``key`` in ``series``, taken now if it was not before. Safe under races on both databases."""
    with transaction.atomic():
        NumberSeries.objects.get_or_create(name=series)
        row = NumberSeries.objects.select_for_update().get(name=series)
        held = NumberReservation.objects.filter(series=row, key=key).first()
        if held:
            return held.number
        row.last += 1
        row.save(update_fields=["last"])
        NumberReservation.objects.create(series=row, key=key, number=row.last)
        return row.last


def void(series: str, number: int, reason: str) -> None:
    """Mark a number as never to be used again, with the reason; it is not given to anyone else."""
    NumberReservation.objects.filter(series_id=series, number=number).update(voided_reason=reason)
