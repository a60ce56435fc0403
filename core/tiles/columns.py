# SPDX-License-Identifier: GPL-2.0-or-later
"""Numbers that travel with a point beside x, y and the value: attributes, or its index in the input.

On the way to the store everything is int64: an integer as itself, a float as its bits, so nothing is
rounded and NaN stays NaN.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Column:
    """A named number of a point; ``dtype`` is any NumPy integer, boolean or float type, little-endian."""

    name: str
    dtype: str

    @property
    def is_float(self) -> bool:
        return np.dtype(self.dtype).kind == "f"

    def packed(self, values: NDArray[np.generic]) -> NDArray[np.int64]:
        """As int64."""
        return values.astype(np.float64).view(np.int64) if self.is_float else values.astype(np.int64)

    def unpacked(self, packed: NDArray[np.int64]) -> NDArray[np.generic]:
        """Back from int64."""
        values: NDArray[np.generic] = packed.view(np.float64) if self.is_float else packed
        return values.astype(self.dtype)


INDEX = Column("index", "<i8")
"""The index of a point among all points of the input."""


def record_of(columns: Sequence[Column]) -> np.dtype[np.void]:
    """The record of stored points: x, y from the tile's corner, the value, then the columns.

    Without columns points may be thinned: the record ends with ``w``, how many each stands for.
    """
    rest = [(c.name, c.dtype) for c in columns] if columns else [("w", "<u4")]
    return np.dtype([("x", "<i4"), ("y", "<i4"), ("v", "<f8"), *rest])
