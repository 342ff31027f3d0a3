"""Approving in parallel: item catalogue, stage applications, branches, case events, the join."""
