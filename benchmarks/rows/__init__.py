# SPDX-License-Identifier: GPL-2.0-or-later
"""The rows of the benchmark, in the order of the table."""

from __future__ import annotations

from .accuracy import ACCURACY, BEST
from .augment_scipy import SCIPY
from .augment_size import SCALING as AUGMENT_SCALING
from .augment_size import SIZE
from .augment_truth import ISPRS, TRUTH
from .cells import CELLS
from .gaps import GAPS
from .grass import AGREEMENT, DEVIATIONS
from .held_out import HELD_OUT
from .neighborhoods import CONTEXT, COST, NORMALS_ROW, SPHERES
from .others import IDW, TIN
from .reading import READING
from .row import Outcome, Row
from .seams import SEAMS
from .size import LARGE, MEMORY, SCALING
from .sparse import SPARSE
from .speed import COMPILING, SPEED
from .voxel_runs import CACHE, FILES, MAP_MEMORY
from .voxels import HITS, RAYS

ROWS: tuple[Row, ...] = (
    COMPILING,
    SPEED,
    ACCURACY,
    BEST,
    HELD_OUT,
    GAPS,
    SEAMS,
    DEVIATIONS,
    AGREEMENT,
    LARGE,
    SPARSE,
    SCALING,
    TIN,
    IDW,
    READING,
    NORMALS_ROW,
    SPHERES,
    CONTEXT,
    COST,
    CELLS,
    SIZE,
    AUGMENT_SCALING,
    SCIPY,
    TRUTH,
    ISPRS,
    HITS,
    RAYS,
    CACHE,
    MAP_MEMORY,
    FILES,
    MEMORY,
)

__all__ = ["ROWS", "Outcome", "Row"]
