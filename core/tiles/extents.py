# SPDX-License-Identifier: GPL-2.0-or-later
"""Which records of which run belong to which node: the lists of the quad tree's bottom layer.

Twelve bytes for each run and node met in it, so that a cloud whose every run spreads over every node
(points in no order) still leaves the memory to the points.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .lattice import Node


class Extents:
    """Filled run by run with ``add``; read after ``close``."""

    def __init__(self, level: int) -> None:
        self.level = level
        self._numbers: dict[Node, int] = {}
        self._runs: list[NDArray[np.uint32]] = []
        """For each run: rows of node number, first record, records."""
        self._first = np.zeros(1, np.int64)
        self._run = np.empty(0, np.uint32)
        self._columns = np.empty((3, 0), np.uint32)

    def __len__(self) -> int:
        """Nodes that hold points."""
        return len(self._numbers)

    def add(self, counts: list[tuple[Node, int]]) -> None:
        """The next run: its nodes and their records, in the order of the file."""
        numbers = [self._numbers.setdefault(node, len(self._numbers)) for node, _ in counts]
        records = np.array([count for _, count in counts], np.uint32)
        self._runs.append(
            np.stack([np.array(numbers, np.uint32), np.cumsum(records, dtype=np.uint32) - records, records])
        )

    def rise(self) -> None:
        """Join the lists of each four siblings: one level up."""
        self.level += 1
        risen: dict[Node, int] = {}
        number = np.array(
            [risen.setdefault(Node(self.level, n.ix >> 1, n.iy >> 1), len(risen)) for n in self._numbers], np.uint32
        )
        self._numbers = risen
        for i, (old, start, records) in enumerate(self._runs):
            new = number[old]
            first = np.flatnonzero(np.r_[True, new[1:] != new[:-1]])
            self._runs[i] = np.stack([new[first], start[first], np.add.reduceat(records, first)])

    def close(self) -> None:
        """All runs by node, in the order they came."""
        run = np.repeat(np.arange(len(self._runs), dtype=np.uint32), [r.shape[1] for r in self._runs])
        columns = np.concatenate([np.empty((3, 0), np.uint32), *self._runs], axis=1)
        self._runs = []
        order = np.argsort(columns[0], kind="stable")
        self._run, self._columns = run[order], columns[:, order]
        self._first = np.searchsorted(self._columns[0], np.arange(len(self._numbers) + 1))

    def nodes(self) -> list[tuple[Node, int]]:
        """Every node and its number of records."""
        return [(node, int(self._columns[2, self._slice(node)].sum(dtype=np.int64))) for node in self._numbers]

    def of(self, node: Node) -> Iterator[tuple[int, int, int]]:
        """Run, first record within it, and records, of every extent of a node."""
        inside = self._slice(node)
        _, start, records = self._columns[:, inside].tolist()
        yield from zip(self._run[inside].tolist(), start, records, strict=True)

    def _slice(self, node: Node) -> slice:
        number = self._numbers[node]
        return slice(int(self._first[number]), int(self._first[number + 1]))
