# SPDX-License-Identifier: GPL-2.0-or-later
"""Which of GDAL's two Python faces is safe here.

A rasterio that brings its own GDAL binds to QGIS's library symbol by symbol and mixes the two, so
it is used only where both report the same version, or where there is no osgeo (a plain interpreter).
"""

from __future__ import annotations

from functools import cache

from ..errors import MissingPackage
from ..packages import lacks
from .backend import Backend


@cache
def choose() -> Backend:
    """Raises MissingPackage where neither face of GDAL is installed."""
    theirs = ours = ""
    try:
        from osgeo import gdal

        theirs = str(gdal.__version__)
    except ImportError:
        pass
    try:
        import rasterio

        ours = str(rasterio.__gdal_version__)
    except ImportError:
        pass
    if ours and theirs in ("", ours):
        from .with_rasterio import RasterioBackend

        return RasterioBackend()
    if theirs:
        from .with_osgeo import OsgeoBackend

        return OsgeoBackend()
    raise MissingPackage(lacks("rasterio", "rasters are read and written by it", ImportError("it has no GDAL")))
