"""Composition only: url tree, role homes, pages made of the rooms' panels."""
