# SPDX-License-Identifier: GPL-2.0-or-later
"""Round numbers along a range, for axes and legends: steps of 1, 2 or 5 times a power of ten (Heckbert 1990)."""

from __future__ import annotations

from math import ceil, floor, isfinite, log10

SAME = 1e-9
"""Share of a step by which an end may lie beyond a round number and still be it."""
DIGITS, LEAST = 1e-12, 1e-300
"""Steps are no finer than this share of the numbers, nor than this."""


def ticks(low: float, high: float, most: int) -> list[float]:
    """Those from ``low`` to ``high``, at most ``most`` steps."""
    if not high > low:
        return [low]
    step = _step(low, high, most)
    return _multiples(step, ceil(low / step), floor(high / step))


def stops(low: float, high: float, most: int, least_step: float = 0.0) -> list[float]:
    """Those that enclose ``low`` to ``high``, at most ``most`` + 2 steps and at least one; of 0 to 1 if not finite."""
    if not isfinite(high - low):
        low, high = 0.0, 1.0
    step = max(_step(low, high, most), least_step) if high > low else (least_step or 1.0)
    first, last = floor(low / step + SAME), ceil(high / step - SAME)
    return _multiples(step, first, max(last, first + 1))


def _step(low: float, high: float, most: int) -> float:
    rough = max((high - low) / most, DIGITS * max(abs(low), abs(high)), LEAST)
    size = 10.0 ** floor(log10(rough))
    return next(size * n for n in (1, 2, 5, 10) if size * n >= rough)


def _multiples(step: float, first: int, last: int) -> list[float]:
    return [float(f"{i * step:.14g}") + 0.0 for i in range(first, last + 1)]
