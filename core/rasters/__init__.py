# SPDX-License-Identifier: GPL-2.0-or-later
"""Rasters in and out by windows: GeoTIFFs of any size written whole or not at all, masks read."""

from .grid import RasterGrid
from .mask import Mask, check_mask
from .write import write_raster

__all__ = ["Mask", "RasterGrid", "check_mask", "write_raster"]
