"""Answers read off the map."""
