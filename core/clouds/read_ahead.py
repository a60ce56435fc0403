# SPDX-License-Identifier: GPL-2.0-or-later
"""One reader thread ahead of the work: files are decoded while kernels run."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import Generic, TypeVar

Item = TypeVar("Item")
POLL = 0.1
"""Seconds after which a waiting reader looks whether it is still wanted."""


class _Reader(Thread, Generic[Item]):
    """Fills a queue with ("item", x), then ("end", None) or ("error", exception)."""

    def __init__(self, items: Iterable[Item], depth: int) -> None:
        super().__init__(name="scree-reader", daemon=True)
        self.items = items
        self.queue: Queue[tuple[str, object]] = Queue(max(1, depth))
        self.unwanted = Event()

    def run(self) -> None:
        iterator = iter(self.items)
        try:
            for item in iterator:
                if not self._put(("item", item)):
                    return
            self._put(("end", None))
        except BaseException as error:  # noqa: BLE001 (raised again where the items are used)
            self._put(("error", error))
        finally:
            close = getattr(iterator, "close", None)
            if close:
                close()

    def _put(self, entry: tuple[str, object]) -> bool:
        while not self.unwanted.is_set():
            try:
                self.queue.put(entry, timeout=POLL)
                return True
            except Full:
                continue
        return False


def read_ahead(items: Iterable[Item], depth: int = 2) -> Generator[Item, None, None]:
    """Yield the items, in order; a thread of its own prepares up to ``depth`` + 1 of them ahead.

    What the items raise is raised here.  When this generator is closed or left by an exception the
    thread is stopped, at the latest after the item it is making, and ``items`` is closed.
    """
    reader: _Reader[Item] = _Reader(items, depth)
    reader.start()
    try:
        while True:
            kind, content = reader.queue.get()
            if kind == "end":
                return
            if kind == "error" and isinstance(content, BaseException):
                raise content
            yield content  # type: ignore[misc]
            del content
    finally:
        reader.unwanted.set()
        _drain(reader.queue)
        reader.join()


def _drain(queue: Queue[tuple[str, object]]) -> None:
    try:
        while True:
            queue.get_nowait()
    except Empty:
        pass
