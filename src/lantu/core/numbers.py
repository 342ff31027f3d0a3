"""Number reservation: no number twice, no gap by retry, whatever fails in between."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from lantu.core.models import NumberReservation, NumberSeries


def reserve(series: str, key: str) -> int:
    """The number held for ``key`` in ``series``, taken now if it was not before. Safe under races on both databases."""
    return reserve_many(series, [key])[key]


def void(series: str, number: int, reason: str) -> None:
    """Mark a number as never to be used again, with the reason; it is not given to anyone else."""
    NumberReservation.objects.filter(series_id=series, number=number).update(voided_reason=reason)


def reserve_many(series: str, keys: Sequence[str]) -> dict[str, int]:
    """Numbers for many keys under one lock, in their order; a key that holds one keeps it."""
    with transaction.atomic():
        NumberSeries.objects.get_or_create(name=series)
        row = NumberSeries.objects.select_for_update().get(name=series)
        held: dict[str, int] = {}
        for first in range(0, len(keys), 500):
            part = NumberReservation.objects.filter(series=row, key__in=keys[first : first + 500])
            held.update(part.values_list("key", "number"))
        fresh = [key for key in dict.fromkeys(keys) if key not in held]
        rows = [NumberReservation(series=row, key=key, number=row.last + place) for place, key in enumerate(fresh, start=1)]
        NumberReservation.objects.bulk_create(rows, batch_size=500)
        if fresh:
            row.last += len(fresh)
            row.save(update_fields=["last"])
        return {**held, **{reservation.key: reservation.number for reservation in rows}}
