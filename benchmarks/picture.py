# SPDX-License-Identifier: GPL-2.0-or-later
"""DEMs as a picture: heights as colors under the shade of a low sun; several side by side, in the first one's colors.

picture.py DEM.tif [DEM.tif ...] PICTURE.png [--pixels 900]
"""

from __future__ import annotations

import argparse
import sys

import numpy as np
from osgeo import gdal

RAMP = ("2f6b4f", "7fa86a", "d9d39a", "c49a6c", "8f6a55", "f5f2ee")
"""Low to high, as resources/styles/elevation.qml."""
GAP = 6
"""Pixels between two DEMs."""


def render(dem: str, picture: str, pixels: int = 900, *beside: str) -> None:
    """Write a PNG; each DEM is at most ``pixels`` on its longer side; nodata is transparent."""
    gdal.UseExceptions()
    small = [_reduced(path, pixels) for path in (dem, *beside)]
    heights = [_heights(one) for one in small]
    low, high = np.nanpercentile(heights[0], (1, 99)) if np.isfinite(heights[0]).any() else (0.0, 1.0)
    parts = [_image(one, z, low, high) for one, z in zip(small, heights)]
    rows = min(len(part) for part in parts)
    gap = np.zeros((rows, GAP, 4), np.uint8)
    row = [piece for part in parts for piece in (gap, part[:rows])][1:]
    _write(picture, np.concatenate(row, axis=1))


def _reduced(dem: str, pixels: int) -> gdal.Dataset:
    source = gdal.Open(dem)
    longer = max(source.RasterXSize, source.RasterYSize)
    width = max(1, round(source.RasterXSize * min(1.0, pixels / longer)))
    return gdal.Translate("", source, format="MEM", width=width, height=0, resampleAlg="average")


def _heights(small: gdal.Dataset) -> np.ndarray:
    """NaN where there is none."""
    heights = small.GetRasterBand(1).ReadAsArray().astype(float)
    return np.where(heights == small.GetRasterBand(1).GetNoDataValue(), np.nan, heights)


def _image(small: gdal.Dataset, heights: np.ndarray, low: float, high: float) -> np.ndarray:
    shade = gdal.DEMProcessing(
        "", small, "hillshade", format="MEM", multiDirectional=True, computeEdges=True, zFactor=2
    )
    light = shade.GetRasterBand(1).ReadAsArray() / 255.0
    seen = np.isfinite(heights)
    colors = _colors(np.where(seen, heights, low), low, high) * (0.25 + 0.85 * light)[..., None]
    return np.dstack([np.clip(colors, 0, 255), np.where(seen, 255, 0)]).astype(np.uint8)


def _colors(heights: np.ndarray, low: float, high: float) -> np.ndarray:
    stops = np.array([[int(color[i : i + 2], 16) for i in (0, 2, 4)] for color in RAMP], float)
    place = np.clip((heights - low) / max(high - low, 1e-9), 0, 1)
    at = np.linspace(0, 1, len(stops))
    return np.dstack([np.interp(place, at, stops[:, band]) for band in range(3)])


def _write(path: str, image: np.ndarray) -> None:
    rows, columns, bands = image.shape
    memory = gdal.GetDriverByName("MEM").Create("", columns, rows, bands, gdal.GDT_Byte)
    for band in range(bands):
        memory.GetRasterBand(band + 1).WriteArray(image[..., band])
    memory.GetRasterBand(4).SetColorInterpretation(gdal.GCI_AlphaBand)
    gdal.GetDriverByName("PNG").CreateCopy(path, memory, options=["ZLEVEL=9", "WRITE_METADATA_AS_TEXT=NO"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dem", nargs="+")
    parser.add_argument("picture")
    parser.add_argument("--pixels", type=int, default=900)
    a = parser.parse_args()
    render(a.dem[0], a.picture, a.pixels, *a.dem[1:])


if __name__ == "__main__":
    sys.exit(main())
