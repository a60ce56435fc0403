# SPDX-License-Identifier: GPL-2.0-or-later
"""Static strings of the voxel map's options; the plugin shows them where no package but QGIS is installed."""

from __future__ import annotations

MODELS = ("iwlo", "octomap")
MISSES = ("none", "intensity", "filter", "rays")
SCANS = ("file", "pointsource", "time")
FORMATS = ("bt", "ot", "las", "laz", "gpkg", "ply")
BANDS = ("top", "bottom", "count", "gap")
