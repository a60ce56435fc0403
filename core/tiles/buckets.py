# SPDX-License-Identifier: GPL-2.0-or-later
"""Results by point, brought back into the order of the input.

Units answer for points in the order of the quad tree; the output wants the order of the files.
Every answer is appended to the bucket of its index range, and a bucket is small enough to be put in
order in memory: two sequential passes, where a mapped column would page at random.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..jobs.disk import discard
from .reading import SharedReader, SharedWriter

BUCKET_POINTS = 1 << 20
PENDING_POINTS = 1 << 16
"""Answers gathered before they are written, over all buckets."""


class IndexBuckets:
    """float64 answers for the points ``0 .. total - 1``, some of which have none.

    One thread adds; then ``close``; then ``read`` a bucket.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._dtype = np.dtype([("id", "<i8"), ("value", "<f8")])
        self._pending: list[NDArray[np.void]] = []
        self._waiting = 0
        self._written = 0
        self._extents: dict[int, list[tuple[int, int]]] = {}
        self._writer = SharedWriter(path)
        self._reader: SharedReader | None = None

    def add(self, ids: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        """Take the answers of some points."""
        rows = np.empty(len(ids), self._dtype)
        rows["id"], rows["value"] = ids, values
        self._pending.append(rows)
        self._waiting += len(rows)
        if self._waiting >= PENDING_POINTS:
            self._flush()

    def close(self) -> None:
        """Nothing more is added."""
        self._flush()
        self._writer.close()
        self._reader = SharedReader(self.path)

    def remove(self) -> None:
        """Delete the file."""
        self._writer.close()
        if self._reader is not None:
            self._reader.close()
        discard(self.path)

    def read(self, bucket: int) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """Of the points ``bucket * BUCKET_POINTS`` and on: which have an answer, and the answers."""
        assert self._reader is not None, "close() comes before reading"
        has, values = np.zeros(BUCKET_POINTS, bool), np.full(BUCKET_POINTS, np.nan)
        for start, count in self._extents.get(bucket, ()):
            rows = np.empty(count, self._dtype)
            self._reader.read(rows, start * self._dtype.itemsize)
            at = rows["id"] - bucket * BUCKET_POINTS
            has[at], values[at] = True, rows["value"]
        return has, values

    def _flush(self) -> None:
        if not self._waiting:
            return
        rows = np.concatenate(self._pending)
        self._pending, self._waiting = [], 0
        bucket = rows["id"] // BUCKET_POINTS
        order = np.argsort(bucket, kind="stable")
        bucket = bucket[order]
        self._writer.write(rows[order], self._written * self._dtype.itemsize)
        first = np.flatnonzero(np.r_[True, bucket[1:] != bucket[:-1]])
        for start, end in zip(first, np.r_[first[1:], len(rows)], strict=True):
            self._extents.setdefault(int(bucket[start]), []).append((self._written + int(start), int(end - start)))
        self._written += len(rows)
