"""Outward documents: PDF by Typst, .docx in the official form. Spreadsheets are in ``core.spreadsheets``."""
