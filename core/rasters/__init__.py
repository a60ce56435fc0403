# SPDX-License-Identifier: GPL-2.0-or-later
"""Rasters in and out by windows: GeoTIFFs of any size written whole or not at all, masks read."""

from .grid import RasterGrid
from .mask import Mask, check_mask
from .write import require_tiles, write_raster

__all__ = ["Mask", "RasterGrid", "check_mask", "require_tiles", "write_raster"]
