# SPDX-License-Identifier: GPL-2.0-or-later
"""Mutants of binary files: bits, cuts, blocks, and the fields of headers set to extremes."""

from __future__ import annotations

import random
import struct

EXTREME_WHOLE = (0, 1, 2, 127, 128, 255, 256, 32767, 65535, 2**31 - 1, 2**31, 2**32 - 1, 2**53, 2**63 - 1, 2**64 - 1)
EXTREME_REAL = (
    0.0, -0.0, 1.0, -1.0, 1e-300, 1e300, -1e300, 5e-324, float("inf"), float("-inf"), float("nan"), 2.0**31, 1e15, 1e-9,
)  # fmt: skip

LAS_FIELDS = (
    (0, "<4s"), (4, "<H"), (6, "<H"), (24, "<B"), (25, "<B"), (90, "<H"), (92, "<H"), (94, "<H"), (96, "<I"),
    (100, "<I"), (104, "<B"), (105, "<H"), (107, "<I"), (111, "<I"), *((131 + 8 * i, "<d") for i in range(12)),
    (227, "<Q"), (235, "<Q"), (243, "<I"), (247, "<Q"), (255, "<Q"),
    *((375 + o, f) for o, f in ((0, "<H"), (2, "<16s"), (18, "<H"), (20, "<H"), (22, "<32s"), (54, "<H"), (56, "<H"))),
)  # fmt: skip
"""Offset and type of the fields of a LAS 1.4 header, and of its first record."""
TILE_FIELDS = ((0, "<I"), (4, "<I"), (8, "<Q"), (16, "<H"), (18, "<H"), (20, "<H"), (22, "<d"), (30, "<i"))
"""Of iwlo_meta.bin: its header and its first voxel."""


def mutated(data: bytes, name: str, rng: random.Random) -> bytes:
    """One to three mutations of the bytes of a file of this name."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 3))):
        changes = [flip, cut, swap, repeat, overwrite, insert]
        if name.endswith((".las", ".laz")):
            changes += [lambda d, r: field(d, r, LAS_FIELDS)] * 8
        elif name.endswith(".tif"):
            changes += [tag] * 8
        elif name.endswith(".bin"):
            changes += [lambda d, r: field(d, r, TILE_FIELDS)] * 6
        rng.choice(changes)(out, rng)
    return bytes(out)


def flip(data: bytearray, rng: random.Random) -> None:
    """Some bits, half of the time near the beginning, where headers are."""
    for _ in range(rng.choice((1, 2, 8, 64))):
        if data:
            data[_at(data, rng)] ^= 1 << rng.randrange(8)


def cut(data: bytearray, rng: random.Random) -> None:
    del data[_at(data, rng) :]


def swap(data: bytearray, rng: random.Random) -> None:
    """Two blocks take each other's place."""
    size = rng.choice((2, 8, 30, 512))
    a, b = _at(data, rng), _at(data, rng)
    data[a : a + size], data[b : b + size] = data[b : b + size], data[a : a + size]


def repeat(data: bytearray, rng: random.Random) -> None:
    a, size = _at(data, rng), rng.choice((1, 18, 30, 512))
    data[a:a] = data[a : a + size]


def insert(data: bytearray, rng: random.Random) -> None:
    at = _at(data, rng)
    data[at:at] = rng.randbytes(rng.choice((1, 7, 64)))


def overwrite(data: bytearray, rng: random.Random) -> None:
    at, size = _at(data, rng), rng.choice((1, 4, 8, 64, 1024))
    data[at : at + size] = rng.choice((b"\0", b"\xff", b"\x7f"))[:1] * len(data[at : at + size])


def field(data: bytearray, rng: random.Random, fields: tuple[tuple[int, str], ...]) -> None:
    """A field becomes an extreme."""
    at, form = rng.choice(fields)
    size = struct.calcsize(form)
    if at + size > len(data):
        return
    if form.endswith("d"):
        data[at : at + 8] = struct.pack(form, rng.choice(EXTREME_REAL))
    elif form.endswith("s"):
        data[at : at + size] = rng.choice((b"\xff\xfe\x80", b"LASF", b"")).ljust(size, b"\0")[:size]
    else:
        whole = rng.choice(EXTREME_WHOLE) if rng.random() < 0.8 else rng.getrandbits(8 * size)
        data[at : at + size] = (whole & ((1 << 8 * size) - 1)).to_bytes(size, "little")


def tag(data: bytearray, rng: random.Random) -> None:
    """A tag of a GeoTIFF gets another number, type, count or value, or its numbers become extremes."""
    if len(data) < 8:
        return
    (start,) = struct.unpack_from("<I", data, 4)
    if start + 2 > len(data):
        return
    (count,) = struct.unpack_from("<H", data, start)
    entry = start + 2 + 12 * rng.randrange(max(1, min(count, 64)))
    if entry + 12 > len(data):
        return
    _, kind, number, value = struct.unpack_from("<HHII", data, entry)
    if kind == 12 and rng.random() < 0.7 and value + 8 * number <= len(data):  # doubles: place and size of cells
        struct.pack_into("<d", data, value + 8 * rng.randrange(max(1, number)), rng.choice(EXTREME_REAL))
        return
    at, size = rng.choice(((0, 2), (2, 2), (4, 4), (8, 4)))
    data[entry + at : entry + at + size] = (rng.choice(EXTREME_WHOLE) & ((1 << 8 * size) - 1)).to_bytes(size, "little")


def _at(data: bytearray, rng: random.Random) -> int:
    most = min(len(data), 600) if rng.random() < 0.5 else len(data)
    return rng.randrange(most) if most else 0
