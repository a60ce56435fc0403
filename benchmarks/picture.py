# SPDX-License-Identifier: GPL-2.0-or-later
"""A DEM as a picture: heights as colors under the shade of a low sun.

picture.py DEM.tif PICTURE.png [--pixels 900]
"""

from __future__ import annotations

import argparse
import sys

import numpy as np
from osgeo import gdal

RAMP = ("2f6b4f", "7fa86a", "d9d39a", "c49a6c", "8f6a55", "f5f2ee")
"""Low to high, as resources/styles/elevation.qml."""


def render(dem: str, picture: str, pixels: int = 900) -> None:
    """Write a PNG at most ``pixels`` on its longer side; nodata is transparent."""
    gdal.UseExceptions()
    source = gdal.Open(dem)
    longer = max(source.RasterXSize, source.RasterYSize)
    width = max(1, round(source.RasterXSize * min(1.0, pixels / longer)))
    small = gdal.Translate("", source, format="MEM", width=width, height=0, resampleAlg="average")
    shade = gdal.DEMProcessing(
        "", small, "hillshade", format="MEM", multiDirectional=True, computeEdges=True, zFactor=2
    )
    heights = small.GetRasterBand(1).ReadAsArray().astype(float)
    light = shade.GetRasterBand(1).ReadAsArray() / 255.0
    seen = np.isfinite(heights) & (heights != small.GetRasterBand(1).GetNoDataValue())
    colors = _colors(heights, seen) * (0.25 + 0.85 * light)[..., None]
    image = np.dstack([np.clip(colors, 0, 255), np.where(seen, 255, 0)]).astype(np.uint8)
    _write(picture, image)


def _colors(heights: np.ndarray, seen: np.ndarray) -> np.ndarray:
    stops = np.array([[int(color[i : i + 2], 16) for i in (0, 2, 4)] for color in RAMP], float)
    low, high = np.percentile(heights[seen], (1, 99)) if seen.any() else (0.0, 1.0)
    place = np.clip((np.where(seen, heights, low) - low) / max(high - low, 1e-9), 0, 1)
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
    parser.add_argument("dem")
    parser.add_argument("picture")
    parser.add_argument("--pixels", type=int, default=900)
    a = parser.parse_args()
    render(a.dem, a.picture, a.pixels)


if __name__ == "__main__":
    sys.exit(main())
