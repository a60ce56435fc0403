# SPDX-License-Identifier: GPL-2.0-or-later
"""A histogram of values that come in pieces, of a range nobody knows before the end."""

from __future__ import annotations

from math import ceil, floor, frexp
from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST = 4096
"""Bins held; shown are at most SHOWN."""
SHOWN = 60
TAIL = 0.002
"""Share of the values at each end that may lie outside of what is shown."""


class Histogram:
    """Bins are powers of two wide and begin at multiples of that, so the order of the pieces changes nothing."""

    def __init__(self) -> None:
        self.count = 0
        self.low, self.high = np.inf, -np.inf
        self._step = 0.0
        self._first = 0
        self._bins = np.zeros(0, np.int64)

    def add(self, values: NDArray[Any]) -> None:
        """Take values of any shape; what is not finite is left out."""
        finite = np.asarray(values, np.float64).ravel()
        finite = finite[np.isfinite(finite)]
        if not len(finite):
            return
        self.count += len(finite)
        self.low, self.high = min(self.low, float(finite.min())), max(self.high, float(finite.max()))
        self._fit()
        place = np.floor(finite / self._step).astype(np.int64) - self._first
        self._bins += np.bincount(place, minlength=len(self._bins))

    def _fit(self) -> None:
        """Widen the bins until the range has at most MOST, and make room for it."""
        span = max(self.high - self.low, abs(self.high) * 1e-9, 1e-30)
        step = max(self._step, 2.0 ** (frexp(span / MOST)[1] + 1))
        while self._step and self._step < step:
            self._step *= 2
            odd = self._first & 1
            padded = np.concatenate([np.zeros(odd, np.int64), self._bins])
            padded = np.append(padded, np.zeros(len(padded) & 1, np.int64))
            self._bins, self._first = padded.reshape(-1, 2).sum(axis=1), self._first >> 1
        self._step = step
        first, last = floor(self.low / step), floor(self.high / step)
        bins = np.zeros(last - first + 1, np.int64)
        at = self._first - first if len(self._bins) else 0
        bins[at : at + len(self._bins)] = self._bins
        self._first, self._bins = first, bins

    def to_json(self) -> dict[str, Any] | None:
        """``low``, ``width``, ``counts`` of at most SHOWN bins, how many lie ``outside`` of them; None if empty."""
        if not self.count:
            return None
        total = np.cumsum(self._bins)
        start = int(np.searchsorted(total, TAIL * self.count, "right"))
        stop = int(np.searchsorted(total, (1 - TAIL) * self.count, "left")) + 1
        group = max(1, ceil((stop - start) / SHOWN))
        shown = self._bins[start:stop]
        shown = np.append(shown, np.zeros(-len(shown) % group, np.int64)).reshape(-1, group).sum(axis=1)
        return {
            "low": (self._first + start) * self._step,
            "width": group * self._step,
            "counts": shown.tolist(),
            "outside": int(self.count - self._bins[start:stop].sum()),
            "values": self.count,
            "least": self.low,
            "greatest": self.high,
        }
