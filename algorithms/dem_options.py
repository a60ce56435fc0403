# SPDX-License-Identifier: GPL-2.0-or-later
"""From the parameters of scree:dem to the core's DemOptions."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsApplication

from ..core.surface.options import DemOptions
from .values import Reader, crs_of


def dem_options(reader: Reader, paths: dict[str, str]) -> DemOptions:
    """``paths`` are the files of the destinations, by parameter name."""
    smoothing: Any = reader.text("SMOOTHING") or None
    try:
        smoothing = float(smoothing) if smoothing else None
    except ValueError:
        smoothing = smoothing.lower()
    return DemOptions(
        inputs=reader.files("INPUT"),
        columns=reader.text("COLUMNS"),
        labels=reader.text("LABELS"),
        filter=reader.text("FILTER"),
        attribute=reader.text("ATTRIBUTE"),
        crs=reader.crs("CRS"),
        resolution=reader.number("RESOLUTION"),
        extent=reader.extent("EXTENT"),
        method=reader.choice("METHOD"),
        segment_points=reader.whole_or_none("SEGMENT_POINTS"),
        segmentation=reader.choice("SEGMENTATION"),
        thinning=reader.choice("THINNING"),
        thinning_distance=reader.number_or_none("THINNING_DISTANCE"),
        tension=reader.number_or_none("TENSION"),
        smoothing=smoothing,
        anisotropy_angle=reader.number("ANISOTROPY_ANGLE"),
        anisotropy_scale=reader.number("ANISOTROPY_SCALE"),
        neighbor_points=reader.whole("NEIGHBOR_POINTS"),
        longest_edge=reader.number("LONGEST_EDGE"),
        power=reader.number("POWER"),
        neighbors=reader.whole_or_none("NEIGHBORS"),
        mask=reader.raster("MASK"),
        mask_distance=reader.number("MASK_DISTANCE"),
        cross_validation_points=reader.whole("CROSS_VALIDATION_POINTS"),
        cross_validation_block=reader.number("CROSS_VALIDATION_BLOCK"),
        max_memory=reader.whole("MAX_MEMORY"),
        growth=QgsApplication.instance().platform() == "desktop",
        threads=reader.whole("THREADS"),
        resume=reader.boolean("RESUME"),
        scratch=reader.text("SCRATCH"),
        **{name.lower(): path for name, path in paths.items()},
    )


def extent_of_clouds(reader: Reader, options: DemOptions) -> tuple[float, float, float, float] | None:
    """The extent in the clouds' CRS, which is read from their headers only where it is needed."""
    if options.extent is None or reader.extent_crs("EXTENT") is None:
        return options.extent
    text = options.crs
    if not text:
        from ..core.clouds.collection import open_collection

        text = open_collection(options.inputs, columns=options.columns, labels=options.labels).crs_wkt
    crs = crs_of(text)
    return reader.extent("EXTENT", crs if crs.isValid() else None)
