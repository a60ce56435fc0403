# SPDX-License-Identifier: GPL-2.0-or-later
"""A small map as a PNG inside a page: numbers to colors, colors to bytes."""

from __future__ import annotations

import base64
import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

RAMP = ("30123b", "4662d7", "36a9e1", "1ae4b6", "72fe5e", "c8ef34", "fbb938", "f56918", "c92903", "7a0403")
"""Low to high; bright in the middle, dark at both ends, so that it reads on white and on black."""


def limits(values: NDArray[np.float64]) -> tuple[float, float]:
    """What the ends of the ramp stand for: the 2nd and 98th percentile of what is finite."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        return 0.0, 1.0
    low, high = np.percentile(finite, (2, 98))
    return float(low), float(high)


def data_uri(values: NDArray[np.floating[Any]], low: float, high: float) -> str:
    """The picture of rows from the north; what is not finite is transparent."""
    seen = np.isfinite(values)
    span = high - low if high > low else 1.0
    place = np.clip((np.where(seen, values, low) - low) / span, 0.0, 1.0)
    stops = np.array([[int(color[i : i + 2], 16) for i in (0, 2, 4)] for color in RAMP], np.float64)
    at = np.linspace(0.0, 1.0, len(stops))
    pixels = np.zeros((*values.shape, 4), np.uint8)
    for band in range(3):
        pixels[..., band] = np.interp(place, at, stops[:, band])
    pixels[..., 3] = np.where(seen, 255, 0)
    return "data:image/png;base64," + base64.b64encode(_png(pixels)).decode("ascii")


def _png(pixels: NDArray[np.uint8]) -> bytes:
    height, width, _ = pixels.shape
    rows = np.concatenate([np.zeros((height, 1), np.uint8), pixels.reshape(height, -1)], axis=1)
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), 1)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
