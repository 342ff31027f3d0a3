"""Results of tiles laid on disk until they are needed: a partition larger than memory is made tile by tile."""

from __future__ import annotations

import mmap
from collections.abc import Callable
from dataclasses import dataclass, fields
from itertools import count
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

Room = Callable[[tuple[int, ...], Any], Any]
"""Gives a new array of a shape and a type."""


class Columns(Protocol):
    """What a tile holds, in memory or on disk, by the names of its columns."""

    def take(self, *names: str) -> list[Any]:
        """The columns asked for."""
        ...

    def forget(self, *names: str) -> None:
        """These columns are not needed any more."""
        ...


class Held:
    """A dataclass of arrays as ``Columns`` in memory. ``light``: the columns that stay in memory when the others are shelved."""

    __slots__ = ()
    light: ClassVar[tuple[str, ...]] = ()

    def take(self, *names: str) -> list[Any]:
        return [getattr(self, name) for name in names]

    def forget(self, *names: str) -> None:
        for name in names:
            setattr(self, name, None)


@dataclass(frozen=True, slots=True)
class Shelved:
    """As ``Held``, its heavy columns in one file, one after another: ``place`` says type, shape and where each begins."""

    kind: type[Any]
    file: Path
    light: dict[str, Any]
    place: dict[str, tuple[np.dtype[Any], tuple[int, ...], int]]

    def take(self, *names: str) -> list[Any]:
        return [self.light[name] if name in self.light else self._read(name) for name in names]

    def _read(self, name: str) -> NDArray[Any]:
        kind, shape, offset = self.place[name]
        return np.fromfile(self.file, kind, int(np.prod(shape)), offset=offset).reshape(shape)

    def whole(self) -> Any:
        """The dataclass as it was."""
        return self.kind(**self.light, **{name: self._read(name) for name in self.place})

    def forget(self, *names: str) -> None:
        """The file goes with the columns needed last."""
        for name in names:
            self.light.pop(name, None)
        if list(self.place)[-1] in names:
            self.file.unlink()


class Shelf:
    """A folder of such files."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._numbers = folder, count()

    def put(self, held: Any) -> Shelved:
        """Write the heavy columns."""
        file = self.folder / f"{next(self._numbers)}.columns"
        light, place, offset = {}, {}, 0
        with file.open("wb") as out:
            for one in fields(held):
                column = getattr(held, one.name)
                if one.name in held.light:
                    light[one.name] = column
                    continue
                column = np.ascontiguousarray(column)
                place[one.name] = (column.dtype, column.shape, offset)
                out.write(column.data)
                offset += column.nbytes
        return Shelved(type(held), file, light, place)

    def room(self, shape: tuple[int, ...], kind: Any) -> Any:
        """A new array whose memory is a file of the folder; it may be dropped (``memory.drop_pages``) and the folder removed."""
        size = max(1, int(np.prod(shape)) * np.dtype(kind).itemsize)
        with (self.folder / f"{next(self._numbers)}.array").open("w+b") as file:
            file.truncate(size)
            return np.ndarray(shape, kind, buffer=mmap.mmap(file.fileno(), size))


def in_memory(shape: tuple[int, ...], kind: Any) -> Any:
    """The other ``Room``."""
    return np.empty(shape, kind)
