"""Data of the core room, a file per aggregate."""

from lantu.core.models.audit import AuditEvent, AuditHead
from lantu.core.models.events import OutboxEvent
from lantu.core.models.files import StoredFile
from lantu.core.models.jobs import Job, Tick
from lantu.core.models.numbers import NumberReservation, NumberSeries

__all__ = ["AuditEvent", "AuditHead", "Job", "NumberReservation", "NumberSeries", "OutboxEvent", "StoredFile", "Tick"]
