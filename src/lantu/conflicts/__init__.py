"""Conflict cases (冲突与协调): findings become cases, cases become approved decisions, decisions become overrides."""
