"""Reads of the approvals room."""
