"""Conformity check: a site against a release and the living layers (合规性检测)."""
