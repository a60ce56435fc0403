# SPDX-License-Identifier: GPL-2.0-or-later
"""The paper's thinning, made free of order: no kept point within epsilon of another.

Taking points as they come makes the result depend on the file.  Here the plane is cut in squares of
side epsilon, colored by (column mod 3, row mod 3).  The nine colors take their turn; a square's
points take theirs in canonical order; a point is kept if no kept point lies within epsilon.  Squares
of one color are too far apart to matter to each other, so whether a point is kept depends only on
points within nine squares: each unit finds it alone, with a halo of that width.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..compiled import kernel
from .blocks import TILE_LEVEL
from .seal import seal
from .spool import Spool
from .store import Store, StoreFiles, Unit
from .thinning import Thinning

if TYPE_CHECKING:
    from ..jobs.job import Job

COLORS = 9
BYTES_PER_POINT = 160


@kernel
def _near_kept(x, y, kept, square_x, square_y, codes, first, order, width, i, epsilon2):  # type: ignore[no-untyped-def]
    """True if a kept point lies within epsilon of point ``i``: it is in one of nine squares."""
    for dy in range(-1, 2):
        for dx in range(-1, 2):
            code = (square_y[i] + dy) * width + square_x[i] + dx
            at = np.searchsorted(codes, code)
            if at == len(codes) or codes[at] != code:
                continue
            for k in range(first[at], first[at + 1]):
                j = order[k]
                if kept[j]:
                    a, b = x[i] - x[j], y[i] - y[j]
                    if a * a + b * b < epsilon2:
                        return True
    return False


@kernel
def keep_apart(x, y, square_x, square_y, codes, first, order, width, epsilon, kept):  # type: ignore[no-untyped-def]
    """Mark the points to keep; ``order`` lists them square by square, ``first`` where each begins."""
    for color in range(COLORS):
        for s in range(len(codes)):
            i = order[first[s]]
            if square_x[i] % 3 + 3 * (square_y[i] % 3) != color:
                continue
            for k in range(first[s], first[s + 1]):
                j = order[k]
                kept[j] = not _near_kept(
                    x, y, kept, square_x, square_y, codes, first, order, width, j, epsilon * epsilon
                )


def apart(x: NDArray[np.int64], y: NDArray[np.int64], epsilon: int) -> NDArray[np.bool_]:
    """Which of points in canonical order (lattice steps) are kept; exact away from their edge by 9 epsilon."""
    kept = np.zeros(len(x), bool)
    if not len(x):
        return kept
    square_x, square_y = x // epsilon, y // epsilon
    # A multiple of 3 taken off leaves the colors as they are.
    square_x = square_x - (square_x.min() // 3 - 1) * 3
    square_y = square_y - (square_y.min() // 3 - 1) * 3
    width = int(square_x.max()) + 2
    code = square_y * width + square_x
    order = np.argsort(code, kind="stable")
    codes, first = np.unique(code[order], return_index=True)
    keep_apart(x, y, square_x, square_y, codes, np.r_[first, len(x)], order, width, epsilon, kept)
    return kept


def keep_store_apart(store: Store, files: StoreFiles, epsilon: int, job: Job) -> Store:
    """A sealed store of the points of ``store`` that are kept at ``epsilon`` lattice steps.

    Raises OutputError when the disk is full, Cancelled.
    """
    from ..jobs.workers import run_units

    scratch = Spool(files.path("spool.part"), store.lattice.per_cell, TILE_LEVEL, 1 << 18)
    n = store.lattice.per_cell
    halo = -(-COLORS * epsilon // n) + 1
    lock = threading.Lock()

    def work(unit: Unit) -> None:
        points = store.read(unit.box.grown(halo))
        box, kept = unit.box, apart(points.x, points.y, epsilon)
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
