# SPDX-License-Identifier: GPL-2.0-or-later
"""Two plans of the ground of clouds side by side: measured points as a hillshade, synthetic ones in their own color."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from grids import Raster, read_raster

SIDE = 378
"""Pixels of 1 m: two of them are as wide as a help page."""
BETWEEN = 12
EMPTY, MEASURED, SYNTHETIC = (18, 22, 28), (225, 228, 222), (255, 150, 40)
LIGHT = np.array([-0.45, 0.45, 0.77])


def side_by_side(before: Path, after: Path, dtm: Path) -> bytes:
    """A PNG of the ground of two clouds over the DTM that shades both."""
    raster = read_raster(dtm)
    shade = _hillshade(raster)
    gap = np.zeros((SIDE, BETWEEN, 4), np.uint8)
    return _png(np.concatenate([_plan(before, raster, shade), gap, _plan(after, raster, shade)], axis=1))


def _hillshade(raster: Raster) -> np.ndarray:
    """0 to 1, lit from the north-west, hollows and hills twice as steep."""
    south, east = np.gradient(raster.values, raster.grid.cell)
    normal = np.stack([-2 * east, 2 * south, np.ones_like(east)])
    lit = np.tensordot(LIGHT, normal / np.linalg.norm(normal, axis=0), 1)
    return np.clip(np.nan_to_num(lit), 0, 1)


def _plan(cloud: Path, raster: Raster, shade: np.ndarray) -> np.ndarray:
    """RGBA [SIDE, SIDE, 4] of the south-west of a cloud."""
    import laspy

    las = laspy.read(cloud)
    synthetic = np.zeros(len(las.points), bool)
    if "SyntheticArea" in las.point_format.dimension_names:
        synthetic = np.asarray(las["SyntheticArea"]) > 0
    column = np.floor(las.x - raster.grid.west).astype(int)
    up = np.floor(las.y - raster.grid.south).astype(int)
    seen = (las.classification == 2) & (column >= 0) & (column < SIDE) & (up >= 0) & (up < SIDE)
    lit = (
        0.25 + 0.75 * np.round(24 * shade[raster.grid.rows - SIDE :, :SIDE, None]) / 24
    )  # fewer colors: a smaller file
    pixels = np.full((SIDE, SIDE, 4), 255, np.uint8)
    pixels[..., :3] = EMPTY
    for some, color in ((seen & ~synthetic, MEASURED), (seen & synthetic, SYNTHETIC)):
        held = np.zeros((SIDE, SIDE), bool)
        held[SIDE - 1 - up[some], column[some]] = True
        if color == MEASURED:  # two pixels a point: the chance spacing of points is no hole
            held[1:] |= held[:-1].copy()
            held[:, 1:] |= held[:, :-1].copy()
        pixels[held, :3] = (np.array(color) * lit)[held]
    return pixels


def _png(pixels: np.ndarray) -> bytes:
    from qgis.PyQt.QtCore import QBuffer, QIODevice
    from qgis.PyQt.QtGui import QImage

    height, width, _ = pixels.shape
    data = np.ascontiguousarray(pixels)
    buffer = QBuffer()
    buffer.open(QIODevice.WriteOnly)
    QImage(data.data, width, height, 4 * width, QImage.Format_RGBA8888).save(buffer, "PNG")
    return bytes(buffer.data())
