"""Outward documents: PDF, docx, xlsx."""
