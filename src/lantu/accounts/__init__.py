"""Regions, departments, people, roles."""
