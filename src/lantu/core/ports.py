"""Ports: how a lower room asks a higher one. The lower room defines a Protocol and a ``Port`` in its ``ports.py``; the higher
room registers an implementation in its ``AppConfig.ready``."""

from __future__ import annotations

from typing import Generic, TypeVar

T = TypeVar("T")


class Port(Generic[T]):
    """A named place for implementations of one Protocol, in order of registration."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._implementations: dict[str, T] = {}

    def register(self, key: str, implementation: T) -> None:
        """Register under ``key``; the same key again replaces (tests, reload)."""
        self._implementations[key] = implementation

    def unregister(self, key: str) -> None:
        self._implementations.pop(key, None)

    def get(self, key: str) -> T:
        """The implementation named ``key``. Raises ``LookupError`` naming what there is."""
        try:
            return self._implementations[key]
        except KeyError:
            raise LookupError(f"port {self.name}: no {key!r}, only {sorted(self._implementations)}") from None

    def all(self) -> list[T]:
        return list(self._implementations.values())

    def keys(self) -> list[str]:
        return list(self._implementations)
