"""Who works on the tiles: this thread, the threads of this process, or the processes of a Dask cluster.

The kernel asks for three things. ``keep`` does a piece of work for every tile and leaves the result where it was made; ``look`` brings a
small part of each result here; ``use`` works on each result with something more, brings that here and lets the result go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from lantu.planar.errors import PlanarError
from lantu.planar.shelf import Shelf

Count = Callable[[int], None]
"""Called with the number of pieces done; may raise to cancel."""


class Scheduler(Protocol):
    """Results come in the order of the tiles, whoever made them; the same input gives the same faces with every scheduler.

    ``remote``: pieces run in other processes, so that what they need must be picklable and large arrays must come from files.
    """

    name: str
    remote: bool

    def keep(self, work: Callable[[Any], Any], pieces: Iterable[Any], count: Count) -> list[Any]:
        """Do ``work(piece)`` for all and hold the results."""
        ...

    def look(self, work: Callable[[Any], Any], kept: Sequence[Any]) -> Iterator[Any]:
        """``work(result)`` of each result held."""
        ...

    def use(self, work: Callable[[Any, Any], Any], kept: list[Any], more: Sequence[Any], count: Count) -> list[Any]:
        """``work(result, more)`` of each result held; ``kept`` is emptied on the way."""
        ...

    def close(self) -> None:
        """Let go of threads and connections."""
        ...


class Threads:
    """Threads of this process; the kernels run without the interpreter's lock. One thread: the local scheduler."""

    name = "threads"
    remote = False

    def __init__(self, threads: int) -> None:
        self.pool = ThreadPoolExecutor(threads)

    def keep(self, work: Callable[[Any], Any], pieces: Iterable[Any], count: Count) -> list[Any]:
        return _counted(self.pool.map(work, pieces), count)

    def look(self, work: Callable[[Any], Any], kept: Sequence[Any]) -> Iterator[Any]:
        return map(work, kept)

    def use(self, work: Callable[[Any, Any], Any], kept: list[Any], more: Sequence[Any], count: Count) -> list[Any]:
        def one(number: int) -> Any:
            held, kept[number] = kept[number], None
            return work(held, more[number])

        return _counted(self.pool.map(one, range(len(kept))), count)

    def close(self) -> None:
        self.pool.shutdown(cancel_futures=True)


class Shelves(Threads):
    """Threads that lay on a shelf what they made: no more than the tiles at work is in memory."""

    name = "shelves"

    def __init__(self, threads: int, shelf: Shelf) -> None:
        super().__init__(threads)
        self.shelf = shelf

    def keep(self, work: Callable[[Any], Any], pieces: Iterable[Any], count: Count) -> list[Any]:
        return _counted(self.pool.map(lambda piece: self.shelf.put(work(piece)), pieces), count)

    def use(self, work: Callable[[Any, Any], Any], kept: list[Any], more: Sequence[Any], count: Count) -> list[Any]:
        def one(number: int) -> Any:
            held, kept[number] = kept[number], None
            result = self.shelf.put(work(held.whole(), more[number]))
            held.forget(*held.place)
            return result

        return _counted(self.pool.map(one, range(len(kept))), count)


class Cluster:
    """The workers of a Dask scheduler (``tcp://host:port``). What a lost worker held is made again by another.

    Layers must lie in stores that every worker can read under the same path. Needs the extra ``cluster``.
    """

    name = "cluster"
    remote = True

    def __init__(self, address: str, timeout: float = 10.0) -> None:
        """Raises ``PlanarError`` when dask is not installed or nobody answers at the address within ``timeout`` seconds."""
        try:
            from distributed import Client
        except ImportError as error:
            raise PlanarError("scheduler", "dask.distributed is not installed: pip install lantu[cluster]") from error
        try:
            self.client: Any = Client(address, timeout=timeout, set_as_default=False)
        except (OSError, ValueError) as error:  # a timeout is an OSError
            raise PlanarError("scheduler", f"no Dask scheduler answers at {address}: {error}") from error

    def keep(self, work: Callable[[Any], Any], pieces: Iterable[Any], count: Count) -> list[Any]:
        futures = self.client.map(work, list(pieces), pure=False)
        self._wait(futures, count)
        return list(futures)

    def look(self, work: Callable[[Any], Any], kept: Sequence[Any]) -> Iterator[Any]:
        futures = self.client.map(work, list(kept), pure=False)
        return (future.result() for future in futures)

    def use(self, work: Callable[[Any, Any], Any], kept: list[Any], more: Sequence[Any], count: Count) -> list[Any]:
        futures = self.client.map(work, list(kept), list(more), pure=False)
        kept.clear()
        results = []
        for number, future in enumerate(futures):
            results.append(future.result())
            future.release()
            count(number + 1)
        return results

    def _wait(self, futures: Sequence[Any], count: Count) -> None:
        from distributed import as_completed

        for number, future in enumerate(as_completed(futures, loop=self.client.loop)):
            if future.status == "error":
                future.result()
            count(number + 1)

    def close(self) -> None:
        self.client.close()


def _counted(results: Iterator[Any], count: Count) -> list[Any]:
    done = []
    for number, result in enumerate(results):
        done.append(result)
        count(number + 1)
    return done
