"""Fusion of all plans into one blueprint."""
