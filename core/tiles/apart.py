# SPDX-License-Identifier: GPL-2.0-or-later
"""The paper's thinning, made free of order: no kept point within epsilon of another.

Taking points as they come makes the result depend on the file.  Here the plane is cut in squares of
side epsilon, colored by (column mod 2, row mod 2).  The four colors take their turn; a square's
points take theirs in canonical order; a point is kept if no kept point lies within epsilon.  Squares
of one color are too far apart to matter to each other, so whether a point is kept depends only on
points within four squares: each unit finds it alone, with a halo of that width.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..compiled import kernel
from .blocks import TILE_LEVEL
from .lattice import Lattice
from .seal import seal
from .spool import Spool
from .store import Store, StoreFiles, Unit
from .thinning import Thinning

if TYPE_CHECKING:
    from ..jobs.job import Job

COLORS = 4
MOST_KEPT = 4
"""Points of a square of side epsilon that can be epsilon apart."""
DENSITY = 0.7
"""Points kept for each square of side epsilon where points are many (random sequential adsorption: 0.697)."""
BYTES_PER_POINT = 200


@kernel
def keep_apart(x, y, square_x, square_y, codes, first, order, width, squared, color, held, number, kept):  # type: ignore[no-untyped-def]
    """Mark the points to keep in the squares of one color.

    ``order`` lists points square by square, ``first`` where each square begins; ``held`` are the points kept of
    each square so far, ``number`` how many.  Squares side by side have neighboring codes, so those around a
    square are three runs of ``codes``.
    """
    low, high = np.zeros(3, np.int64), np.zeros(3, np.int64)
    for s in range(len(codes)):
        i = order[first[s]]
        if square_x[i] % 2 + 2 * (square_y[i] % 2) != color:
            continue
        for row in range(3):
            middle = codes[s] + (row - 1) * width
            low[row] = np.searchsorted(codes, middle - 1)
            high[row] = np.searchsorted(codes, middle + 2)
        for k in range(first[s], first[s + 1]):
            j = order[k]
            near = False
            for row in range(3):
                for t in range(low[row], high[row]):
                    for h in range(number[t]):
                        a, b = x[j] - x[held[t, h]], y[j] - y[held[t, h]]
                        near = near or a * a + b * b < squared
            if not near:
                held[s, number[s]] = j
                number[s] += 1
                kept[j] = True


def apart(
    x: NDArray[np.int64], y: NDArray[np.int64], epsilon: Fraction | int, check: Callable[[], None] | None = None
) -> NDArray[np.bool_]:
    """Which of points in canonical order (lattice steps) are kept; exact away from their edge by ``reach(epsilon)``.

    ``epsilon`` is in lattice steps; ``check`` is called between the colors, to hear a cancel.
    """
    kept = np.zeros(len(x), bool)
    if not len(x):
        return kept
    side = ceil(epsilon)
    square_x, square_y = x // side, y // side
    # A multiple of 2 taken off leaves the colors as they are.
    square_x = square_x - (square_x.min() // 2 - 1) * 2
    square_y = square_y - (square_y.min() // 2 - 1) * 2
    width = int(square_x.max()) + 2
    code = square_y * width + square_x
    order = np.argsort(code, kind="stable")
    codes, first = np.unique(code[order], return_index=True)
    first = np.r_[first, len(x)]
    held, number = np.empty((len(codes), MOST_KEPT), np.int64), np.zeros(len(codes), np.int64)
    # Squared distances are whole numbers: below epsilon squared is below the next whole number.
    squared = ceil(Fraction(epsilon) ** 2)
    for color in range(COLORS):
        if check is not None:
            check()
        keep_apart(x, y, square_x, square_y, codes, first, order, width, squared, color, held, number, kept)
    return kept


def reach(lattice: Lattice, epsilon: Fraction) -> int:
    """Cells around a unit whose points decide which of its own are kept; ``epsilon`` in lattice steps."""
    return -(-COLORS * ceil(epsilon) // lattice.per_cell) + 1


def keep_store_apart(store: Store, files: StoreFiles, epsilon: Fraction, job: Job) -> Store:
    """A sealed store of the points of ``store`` that are kept at ``epsilon`` lattice steps.

    Each unit reads ``reach`` cells around it, so a wide epsilon reads the same points more often.
    Raises OutputError when the disk is full, MemoryLimitError where a unit with what it reads does not fit, Cancelled.
    """
    from ..jobs.workers import run_units

    scratch = Spool(files.path("spool.part"), store.lattice.per_cell, TILE_LEVEL, 1 << 18)
    n = store.lattice.per_cell
    halo = reach(store.lattice, epsilon)
    lock = threading.Lock()

    def work(unit: Unit) -> None:
        points = store.read(unit.box.grown(halo))
        box, kept = unit.box, apart(points.x, points.y, epsilon, job.progress.check)
        kept &= (points.x >= box.x0 * n) & (points.x < box.x1 * n) & (points.y >= box.y0 * n) & (points.y < box.y1 * n)
        some = points.take(kept)
        value = np.rint(some.v / float(store.lattice.value_step)).astype(np.int64)
        with lock:
            scratch.add(some.x, some.y, value)
        job.progress.advance(unit.count)

    try:
        seen = {unit.node: int(store.blocks(unit.box.grown(halo)).count.sum()) for unit in store.units}
        run_units(store.units, work, job, lambda unit: seen[unit.node] * BYTES_PER_POINT)
        scratch.close()
        return seal(scratch, files, store.lattice, Thinning(), job)
    finally:
        scratch.remove()
