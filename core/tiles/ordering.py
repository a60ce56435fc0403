# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels that bring points into canonical order: Morton code of the cell, then y, x, value.

Anything upstream may arrive in any order; from here on every array has one order only, so every
later sum, tie and file has one result only.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..compiled import kernel


@kernel
def exponent(number):  # type: ignore[no-untyped-def]
    """Of a power of two, else -1: what is divided by such a number is shifted, in a fraction of the time."""
    shift = 0
    while 1 << shift < number:
        shift += 1
    return shift if 1 << shift == number else -1


@kernel
def spread_bits(n):  # type: ignore[no-untyped-def]
    """The low 32 bits of ``n`` (uint64) with a zero between each two: half of a Morton code."""
    n = n & np.uint64(0xFFFFFFFF)
    n = (n | (n << np.uint64(16))) & np.uint64(0x0000FFFF0000FFFF)
    n = (n | (n << np.uint64(8))) & np.uint64(0x00FF00FF00FF00FF)
    n = (n | (n << np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    n = (n | (n << np.uint64(2))) & np.uint64(0x3333333333333333)
    return (n | (n << np.uint64(1))) & np.uint64(0x5555555555555555)


@kernel
def morton_of(ix, iy, out):  # type: ignore[no-untyped-def]
    """Morton codes (uint64 ``out``) of non-negative indices below 2**32: x in the even bits."""
    for i in range(len(ix)):
        out[i] = spread_bits(np.uint64(ix[i])) | (spread_bits(np.uint64(iy[i])) << np.uint64(1))


@kernel
def cell_codes(x, y, x0, y0, per_cell, parts, codes):  # type: ignore[no-untyped-def]
    """Order codes of points: Morton of the cell, then row and column of the part within the cell.

    ``x``, ``y`` int64 lattice steps; (``x0``, ``y0``) the corner of a node that holds them all;
    a cell is cut in ``parts`` x ``parts`` (``per_cell`` parts: single steps).  Writes uint64 ``codes``.
    """
    shift = exponent(per_cell)
    for i in range(len(x)):
        px, py = x[i] - x0, y[i] - y0
        if shift < 0:
            cx, cy = px // per_cell, py // per_cell
        else:
            cx, cy = px >> shift, py >> shift
        sx, sy = px - cx * per_cell, py - cy * per_cell
        if parts == 1:
            sx, sy = 0, 0
        elif parts != per_cell:
            sx, sy = sx * parts // per_cell, sy * parts // per_cell
        cell = spread_bits(np.uint64(cx)) | (spread_bits(np.uint64(cy)) << np.uint64(1))
        codes[i] = cell * np.uint64(parts * parts) + np.uint64(sy * parts + sx)


@kernel
def radix_pass(codes, order, shift, codes_out, order_out):  # type: ignore[no-untyped-def]
    """One stable pass over 11 bits; returns False where all codes share them (nothing moved)."""
    counts = np.zeros(2049, np.int64)
    n = len(codes)
    for i in range(n):
        counts[((codes[i] >> shift) & np.uint64(2047)) + np.uint64(1)] += 1
    for d in range(1, 2049):
        if counts[d] == n:
            return False
    for d in range(2048):
        counts[d + 1] += counts[d]
    for i in range(n):
        digit = (codes[i] >> shift) & np.uint64(2047)
        at = counts[digit]
        counts[digit] = at + 1
        codes_out[at] = codes[i]
        order_out[at] = order[i]
    return True


def sort_codes(codes: NDArray[np.uint64], bits: int) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
    """Sorted codes and the order that sorts them, stable; ``bits`` bounds the codes."""
    order = np.arange(len(codes), dtype=np.int32)
    spare_codes, spare_order = np.empty_like(codes), np.empty_like(order)
    for shift in range(0, bits, 11):
        if radix_pass(codes, order, np.uint64(shift), spare_codes, spare_order):
            codes, spare_codes = spare_codes, codes
            order, spare_order = spare_order, order
    return codes, order


def canonical_order(
    x: NDArray[np.int64],
    y: NDArray[np.int64],
    v: NDArray[np.generic],
    x0: int,
    y0: int,
    per_cell: int,
    level: int,
    rest: Sequence[NDArray[np.generic]] = (),
) -> NDArray[np.integer]:
    """The order by (Morton of cell, y, x, v, rest) of points inside the node of ``level`` at (x0, y0)."""
    bits = 2 * level + 2 * int(per_cell).bit_length()
    if bits <= 64:
        codes = np.empty(len(x), np.uint64)
        cell_codes(x, y, x0, y0, per_cell, per_cell, codes)
        codes, order = sort_codes(codes, bits)
        return _values_ascend(codes, order, (v, *rest))
    codes = np.empty(len(x), np.uint64)
    cell_codes(x, y, x0, y0, per_cell, 1, codes)
    return np.lexsort((*reversed(rest), v, x, y, codes))


def _values_ascend(
    codes: NDArray[np.uint64], order: NDArray[np.int32], values: Sequence[NDArray[np.generic]]
) -> NDArray[np.integer]:
    """Within runs of one position put the points in ascending order of their values."""
    same = codes[1:] == codes[:-1]
    if same.any():
        tied = np.zeros(len(codes), bool)
        tied[1:] |= same
        tied[:-1] |= same
        at = np.flatnonzero(tied)
        tied_points = order[at]
        keys = [column[tied_points] for column in reversed(values)]
        order[at] = tied_points[np.lexsort((*keys, codes[at]))]
    return order
