# SPDX-License-Identifier: GPL-2.0-or-later
"""The memory a job may use, and the only place where sizes are derived from it."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import MemoryLimitError
from .memory import MB, available_bytes, peak_bytes, resident_bytes, trim

__all__ = ["CHUNK_POINTS", "Budget", "make_budget", "peak_bytes", "resident_bytes", "trim"]

LEAST_MB = 512
MOST_MB = 8192
RESERVE = 64 * MB
"""Kept free for what no size accounts for: the interpreter, file buffers, QGIS's own log."""

CHUNK_POINTS = 100_000
"""Points a reader decodes at once; lazrs holds the interpreter lock for the whole of a chunk."""

ADMISSION = 0.85
"""No new unit starts once this share of the limit is resident or promised."""


@dataclass(frozen=True)
class Budget:
    """Bytes: the ``limit`` on resident memory, and the ``base`` that was resident at the start."""

    limit: int
    base: int

    @property
    def working(self) -> int:
        """What the engines may hold at once."""
        return self.limit - self.base - RESERVE

    @property
    def admission(self) -> int:
        """Resident bytes, promised ones included, up to which new units are started."""
        return int(self.limit * ADMISSION)

    @property
    def gdal_cache(self) -> int:
        """GDAL's block cache; a few rows of tiles are enough as windows are aligned to tiles."""
        return max(4 * MB, min(64 * MB, self.working // 16))

    def fits(self, needed: int) -> bool:
        return needed <= self.working

    def require(self, needed: int, what: str) -> None:
        """Raises MemoryLimitError where ``needed`` bytes for ``what`` (a noun phrase) cannot fit."""
        if not self.fits(needed):
            enough = -(-(needed + self.base + RESERVE) // MB)
            raise MemoryLimitError(
                f"{what} needs {-(-needed // MB)} MB, but MAX_MEMORY leaves {max(0, self.working) // MB} MB "
                f"beside the {self.base // MB} MB already loaded: set MAX_MEMORY to {enough} MB or more."
            )

    def run_points(self, bytes_per_point: int) -> int:
        """Points that can be held and sorted at once: half of the working memory, for the other half sorts them."""
        return max(CHUNK_POINTS, self.working // 2 // bytes_per_point)

    def units_at_once(self, unit_bytes: int, threads: int) -> int:
        """How many units of ``unit_bytes`` may be resident together, at least 1.

        Raises MemoryLimitError where not even one fits.
        """
        self.require(unit_bytes, "One unit of the work")
        return max(1, min(threads, self.working // max(1, unit_bytes)))


def make_budget(max_memory_mb: int = 0, *, growth: bool = False) -> Budget:
    """The budget for MAX_MEMORY in MB; 0 = half of the free memory, at most 8192.

    The limit is on the whole process; with ``growth`` (inside the QGIS window, where layers and
    other plugins are none of our business) on what it gains from now on.  Call it when the
    packages the job needs are imported, so that they count as base load.
    Raises MemoryLimitError below 512 MB, or where the base load leaves nothing to work with.
    """
    base = resident_bytes()
    if max_memory_mb == 0:
        free = available_bytes() // 2 + (0 if growth else base)
        max_memory_mb = max(LEAST_MB, min(MOST_MB, free // MB))
    elif max_memory_mb < LEAST_MB:
        raise MemoryLimitError(
            f"MAX_MEMORY is {max_memory_mb} MB; {base // MB} MB are loaded before the first point is read, "
            f"so set it to {LEAST_MB} MB or more (0 takes half of the free memory)."
        )
    limit = max_memory_mb * MB + (base if growth else 0)
    budget = Budget(limit, base)
    if budget.working < RESERVE // 2:
        enough = -(-(base + 2 * RESERVE) // MB)
        raise MemoryLimitError(
            f"MAX_MEMORY is {max_memory_mb} MB, but {base // MB} MB are already loaded: set it to {enough} MB or more."
        )
    return budget
