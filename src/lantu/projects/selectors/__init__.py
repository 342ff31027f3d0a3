"""Reads of the projects room."""
