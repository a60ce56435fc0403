# SPDX-License-Identifier: GPL-2.0-or-later
"""Coordinates as text: the one formatter of messages, reports and files."""

from __future__ import annotations

from collections.abc import Iterable

ROUGH = 1000.0
"""From here on six digits say less than a thousandth."""


def coordinate(value: float) -> str:
    """A coordinate or size with the 15 digits a float holds for sure, no trailing zeros and no exponent below 1e15."""
    return f"{value + 0.0:.15g}"


def coordinates(values: Iterable[float]) -> str:
    """Several, as ``770520, 6277530.25, 32``."""
    return ", ".join(map(coordinate, values))


def span(low: float, high: float) -> str:
    """The two ends of a range, as ``6860000 to 6861000``."""
    return f"{coordinate(low)} to {coordinate(high)}"


def short(value: float) -> str:
    """Any number to look at: six digits, and never less exact than a thousandth."""
    return f"{value:.6g}" if abs(value) < ROUGH else coordinate(round(float(value), 3))
