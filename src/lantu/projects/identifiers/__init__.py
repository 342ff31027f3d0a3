"""Identifiers of others that projects carry: the unified project code, the unified social credit code. No Django."""
