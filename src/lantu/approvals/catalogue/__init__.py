"""The item catalogue (事项库): read from the city pack, checked, and asked what a project needs."""

from lantu.approvals.catalogue.definition import Definition, Item, Stage, read
from lantu.approvals.catalogue.rules import applies
from lantu.approvals.catalogue.validate import Finding, validate

__all__ = ["Definition", "Finding", "Item", "Stage", "applies", "read", "validate"]
