# SPDX-License-Identifier: GPL-2.0-or-later
"""iwlo_meta.bin, the truth about a tile: key, log-odds and observations of each voxel.

Little-endian: uint32 0x49574C4F, uint32 version 1, uint64 count, then 18 bytes a voxel
(3 x uint16 key, float64 log-odds, int32 observations), here ascending by key (z, y, x).
"""

from __future__ import annotations

import struct

import numpy as np

from ..errors import StoreError
from .model import Model
from .tile import VoxelTile
from .tile_kernels import read_records, write_records

MAGIC, VERSION = 0x49574C4F, 1
HEADER = struct.Struct("<IIQ")
RECORD = np.dtype([("key", "<u2", (3,)), ("log_odds", "<f8"), ("count", "<i4")])


def encode_meta(tile: VoxelTile, first_key: tuple[int, int, int], side: int) -> memoryview:
    """The bytes of the file; ``first_key`` is the key of the tile's lowest cell."""
    out = np.empty(HEADER.size + RECORD.itemsize * len(tile), np.uint8)
    out[: HEADER.size] = np.frombuffer(HEADER.pack(MAGIC, VERSION, len(tile)), np.uint8)
    log_odds = np.asarray(tile.log_odds, "<f8").view("<u2").reshape(-1, 4)
    counts = np.asarray(tile.counts, "<i4").view("<u2").reshape(-1, 2)
    records = out[HEADER.size :].view("<u2").reshape(-1, 9)
    write_records(tile.cells, side, np.array(first_key, np.int64), log_odds, counts, records)
    return out.data


def decode_meta(
    data: bytes, first_key: tuple[int, int, int], side: int, path: object, model: Model | None = None
) -> VoxelTile:
    """The tile of the file's bytes, in any order of records.  Raises StoreError naming ``path``.

    This is the one rule of what a valid tile is; ``model`` is the map's, None the standard.
    """
    model = model or Model()
    count = _checked_count(data, path)
    records = np.frombuffer(data, "<u2", 9 * count, HEADER.size).reshape(-1, 9)
    cells, log_odds, observed = np.empty(count, np.int64), np.empty(count, "<f8"), np.empty(count, "<i4")
    parts = log_odds.view("<u2").reshape(-1, 4), observed.view("<u2").reshape(-1, 2)
    inside, ascending = read_records(records, side, np.array(first_key, np.int64), cells, *parts)
    if not inside:
        raise StoreError(f"{path} has keys outside its tile: it is damaged; restore it from a copy.")
    values, counts = log_odds.astype(np.float64, copy=False), observed.astype(np.int32, copy=False)
    if not np.isfinite(values).all() or (counts < 0).any():
        raise StoreError(f"{path} has log-odds or counts that cannot be: it is damaged; restore it from a copy.")
    if count and not model.l_min <= values.min() <= values.max() <= model.l_max:
        raise StoreError(
            f"{path} has log-odds outside {model.l_min:g} to {model.l_max:g}, which no update leaves: "
            "it is damaged; restore it from a copy."
        )
    if not ascending:
        order = np.argsort(cells, kind="stable")
        cells, values, counts = cells[order], values[order], counts[order]
        if (np.diff(cells) == 0).any():
            raise StoreError(f"{path} holds a voxel twice: it is damaged; restore it from a copy.")
    return VoxelTile(cells, values, counts)


def _checked_count(data: bytes, path: object) -> int:
    """Number of records, after everything that can be known without reading them."""
    if len(data) < HEADER.size:
        raise StoreError(f"{path} has {len(data)} bytes, less than its header: it is cut; restore it from a copy.")
    magic, version, count = HEADER.unpack_from(data)
    if magic != MAGIC:
        raise StoreError(f"{path} does not begin with the bytes OLWI: it is no iwlo_meta.bin, or damaged.")
    if version != VERSION:
        raise StoreError(f"{path} has version {version}; version {VERSION} can be read: use the program that wrote it.")
    if len(data) != HEADER.size + RECORD.itemsize * count:
        raise StoreError(
            f"{path} has {len(data):,} bytes but its header counts {count:,} voxels "
            f"({HEADER.size + RECORD.itemsize * count:,} bytes): it is damaged; restore it from a copy."
        )
    return int(count)
