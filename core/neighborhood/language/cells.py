# SPDX-License-Identifier: GPL-2.0-or-later
"""Sampling: which cells a region counts, and to which cells a point belongs."""

from __future__ import annotations

from math import floor

import numpy as np
from numpy.typing import NDArray

Cells = NDArray[np.int64]


def cells_in_circle(radius: float) -> Cells:
    """int64 [n, 2]: offsets (east, north) of the cells whose center is within ``radius`` (cells) of the central one."""
    east, north = _square(radius)
    return _listed(east, north, east * east + north * north <= radius * radius)


def cells_in_window(x_extent: float, y_extent: float) -> Cells:
    """int64 [n, 2]: offsets (east, north) of the cells whose center is within half of each extent (cells)."""
    east, north = _square(max(x_extent, y_extent) / 2)
    return _listed(east, north, (2 * np.abs(east) <= x_extent) & (2 * np.abs(north) <= y_extent))


def _square(reach: float) -> tuple[Cells, Cells]:
    axis = np.arange(-floor(reach), floor(reach) + 1)
    east, north = np.meshgrid(axis, axis)
    return east, north


def _listed(east: Cells, north: Cells, inside: NDArray[np.bool_]) -> Cells:
    return np.column_stack([east[inside], north[inside]])


def central_cell(subdivision: int) -> int:
    """Index, east or north, of the sampling cell that holds the center of a raster cell.

    With an even subdivision the center is a corner of four: the cell right and top of it.
    """
    return subdivision // 2


def cells_of_points(x: Cells, y: Cells, per_cell: int, border: str) -> tuple[NDArray[np.intp], Cells, Cells]:
    """The cells each point belongs to: (index of the point, column, row), one entry a membership.

    ``x``, ``y``: int64 [n] lattice steps from a corner of the cells, ``per_cell`` steps wide.  A point
    inside a cell belongs to it alone; one on a border belongs to the cells on that side whose border
    letter (``b``, ``t``, ``l``, ``r``) is in ``border``, so to none if it is empty.
    """
    columns = _axis_cells(x, per_cell, "l" in border, "r" in border)
    rows = _axis_cells(y, per_cell, "b" in border, "t" in border)
    points, found_columns, found_rows = [], [], []
    for column, in_column in columns:
        for row, in_row in rows:
            member = np.flatnonzero(in_column & in_row)
            points.append(member)
            found_columns.append(column[member])
            found_rows.append(row[member])
    point = np.concatenate(points)
    order = np.argsort(point, kind="stable")
    return point[order], np.concatenate(found_columns)[order], np.concatenate(found_rows)[order]


def _axis_cells(
    position: Cells, per_cell: int, low_border: bool, high_border: bool
) -> tuple[tuple[Cells, NDArray[np.bool_]], ...]:
    """Along one axis: the cell at or after each point, and the one before it, with True where it holds the point."""
    cell, within = np.divmod(position, per_cell)
    on_border = within == 0
    return (cell, ~on_border | low_border), (cell - 1, on_border & high_border)
