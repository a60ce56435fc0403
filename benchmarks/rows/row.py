# SPDX-License-Identifier: GPL-2.0-or-later
"""A row of the table: what is measured, against what, and what came out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from measure import Measured
    from session import Bench

METHODS = ("rst", "tin", "naturalneighbor", "idw", "movingplane", "nearest")
"""Of scree:dem."""


@dataclass(frozen=True)
class Outcome:
    """What a row measured."""

    summary: str
    """One line for the table."""
    met: bool | None
    """Whether the target was reached; None where it can not be said (a peer is absent)."""
    numbers: dict[str, Any]
    details: list[str] = field(default_factory=list)
    """Lines of Markdown that go below the table."""


@dataclass(frozen=True)
class Row:
    name: str
    work: str
    anchor: str
    target: str
    measure: Callable[[Bench], Outcome]


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> list[str]:
    """Lines of a Markdown table."""
    head = list(head)
    return [
        "| " + " | ".join(head) + " |",
        "| " + " | ".join("---" for _ in head) + " |",
        *("| " + " | ".join(str(value) for value in row) + " |" for row in rows),
    ]


def took(run: Measured) -> tuple[str, str, str]:
    """Wall seconds, cpu seconds and peak MB of a run, for a table."""
    return f"{run.wall:.1f}", f"{run.cpu:.1f}", f"{run.peak_mb:.0f}"


def within(value: float, other: float, share: float) -> bool:
    """Whether ``value`` differs from ``other`` by at most ``share`` of it."""
    return abs(value - other) <= share * abs(other)
