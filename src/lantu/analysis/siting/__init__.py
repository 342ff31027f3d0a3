"""Assisted siting: where could it be (辅助选址)."""
