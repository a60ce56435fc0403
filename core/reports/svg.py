# SPDX-License-Identifier: GPL-2.0-or-later
"""Charts of a report as SVG images: bars, a curve over time, a histogram.

They are images, not elements of the page, because the text browser that some builds of QGIS show results in knows
no SVG of its own.  Their paper is white, so that they read on a dark page too.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from ..coordinates import coordinate
from ..round_numbers import ticks

WIDTH = 640
INK, FAINT, LIMIT = "#333333", "#d8d8d8", "#c22f2f"
COLORS = ("#3b7dd8", "#d9730d", "#2f9e5f", "#8a4fd0", "#b8860b", "#5d6d7e", "#c2457a", "#3a9ca6")


def image(drawing: str, alternative: str) -> str:
    """An ``img`` element with the drawing in it."""
    code = base64.b64encode(drawing.encode()).decode("ascii")
    size = " ".join(drawing.split(" ", 4)[2:4])
    return f'<img alt="{escape(alternative)}" {size} src="data:image/svg+xml;base64,{code}"/>'


def bars(rows: Sequence[tuple[str, float, str]]) -> str:
    """A bar for each (label, value, text beside it)."""
    height, left, most = 22, 150, max((value for _, value, _ in rows), default=0.0) or 1.0
    parts = []
    for i, (label, value, text) in enumerate(rows):
        y, width = 6 + i * height, (WIDTH - left - 150) * value / most
        parts += [
            _text(left - 8, y + 13, label, "end"),
            _box(left, y, max(1.0, width), height - 6, COLORS[0]),
            _text(left + width + 8, y + 13, text),
        ]
    return _drawing(len(rows) * height + 12, parts)


def stack(parts: Mapping[str, float]) -> str:
    """One bar made of its parts, with their names below."""
    total, x, drawn, at = sum(parts.values()) or 1.0, 0.0, [], 0.0
    for i, (name, value) in enumerate(parts.items()):
        color, width = COLORS[i % len(COLORS)], (WIDTH - 2) * value / total
        drawn += [_box(1 + x, 4, width, 18, color), _box(at + 2, 32, 10, 10, color)]
        label = f"{name}: {value:,.0f}"
        drawn.append(_text(at + 16, 41, label))
        x, at = x + width, at + 30 + 6.4 * len(label)
    return _drawing(50, drawn, max(WIDTH, at))


def curve(
    seconds: Sequence[float], values: Sequence[float], limit: float, begins: Sequence[tuple[str, float]], unit: str
) -> str:
    """Values over time, with a line for their limit and a mark where each phase begins."""
    if not seconds:
        return _drawing(20, [_text(8, 14, "nothing was sampled")])
    left, right, top, bottom = 64, WIDTH - 12, 26, 206
    last, most = max(seconds[-1], 1e-3), max([*values, limit]) * 1.05 or 1.0

    def place(second: float, value: float) -> tuple[float, float]:
        return left + (right - left) * second / last, bottom - (bottom - top) * value / most

    parts = []
    for value in ticks(0.0, most, 4):
        y = place(0, value)[1]
        parts += [_line(left, y, right, y, FAINT), _text(left - 6, y + 4, f"{value:,.0f}", "end")]
    for value in ticks(0.0, last, 6):
        parts.append(_text(place(value, 0)[0], bottom + 16, coordinate(value), "middle"))
    parts.append(_text(right, bottom + 30, "seconds", "end"))
    parts.append(_text(left, 12, unit))
    for i, (name, second) in enumerate(begins):
        x = place(second, 0)[0]
        parts += [_line(x, top, x, bottom, FAINT, dash=True), _text(x + 3, top + 10 + 12 * (i % 4), name, faint=True)]
    if limit:
        y = place(0, limit)[1]
        parts += [_line(left, y, right, y, LIMIT, dash=True), _text(right, y - 4, "limit", "end")]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in map(place, seconds, values))
    parts.append(f'<polyline fill="none" stroke="{COLORS[0]}" stroke-width="1.6" points="{points}"/>')
    return _drawing(bottom + 36, parts)


def histogram(found: Mapping[str, Any], width: int = 320) -> str:
    """Bins as ``Histogram.to_json`` gives them."""
    counts, left, bottom, top = found["counts"], 6, 120, 8
    most, each = max(counts) or 1, (width - 2 * left) / len(counts)
    parts = [
        _box(
            left + i * each,
            bottom - (bottom - top) * n / most,
            max(0.5, each - 0.6),
            (bottom - top) * n / most,
            COLORS[0],
        )
        for i, n in enumerate(counts)
    ]
    low, high = found["low"], found["low"] + found["width"] * len(counts)
    parts.append(_line(left, bottom, width - left, bottom, INK))
    for value in ticks(low, high, 5):
        x = left + (width - 2 * left) * (value - low) / (high - low)
        parts.append(_text(min(max(x, 14), width - 14), bottom + 15, coordinate(value), "middle"))
    return _drawing(bottom + 22, parts, width)


def lines(texts: Sequence[str]) -> str:
    """Lines of text."""
    return _drawing(18 * len(texts) + 12, [_text(8, 18 * (i + 1), text) for i, text in enumerate(texts)])


def _drawing(height: float, parts: Sequence[str], width: float = WIDTH) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'font-family="sans-serif" font-size="11"><rect width="100%" height="100%" fill="#ffffff"/>'
        + "".join(parts)
        + "</svg>"
    )


def _box(x: float, y: float, width: float, height: float, color: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{color}"/>'


def _line(x1: float, y1: float, x2: float, y2: float, color: str, dash: bool = False) -> str:
    dashes = ' stroke-dasharray="4 3"' if dash else ""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{color}"{dashes}/>'


def _text(x: float, y: float, text: str, anchor: str = "start", faint: bool = False) -> str:
    color = "#777777" if faint else INK
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{color}">{escape(text)}</text>'
