# SPDX-License-Identifier: GPL-2.0-or-later
"""Holes as polygons of a GeoPackage, with their size, cause and distance to ground."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import Cancelled, MemoryLimitError, OutputError
from ..jobs.memory import MB, resident_bytes
from ..jobs.part import replacing
from .areas import AREAS
from .gap_patches import Patches

if TYPE_CHECKING:
    from ..jobs.job import Job

LAYER = "gaps"
STOP = 1 / 3
"""Share of the memory free at the start at which outlining ends: GDAL asks between rows, and may take twice as much as
it has at once."""


def write_polygons(path: Path, numbers: Path, patches: Patches, area: float, crs_wkt: str, job: Job) -> None:
    """Outline the holes of the raster ``numbers``; a cell has ``area`` CRS units².

    Whole or not at all.  Raises OutputError, Cancelled.
    """
    try:
        with replacing(path) as part:
            _outline(part, numbers, crs_wkt, job)
            _describe(part, patches, area, job)
    except RuntimeError as error:
        raise OutputError(f"{path} cannot be written ({error}): check the free space and the rights.") from error


def _outline(part: Path, numbers: Path, crs_wkt: str, job: Job) -> None:
    from osgeo import gdal, ogr, osr

    reference = None
    if crs_wkt:
        reference = osr.SpatialReference()
        reference.ImportFromWkt(crs_wkt)
    data = ogr.GetDriverByName("GPKG").CreateDataSource(str(part))
    if data is None:
        raise OutputError(f"{part} cannot be made ({gdal.GetLastErrorMsg()}): check the folder.")
    layer = data.CreateLayer(LAYER, reference, ogr.wkbPolygon)
    fields = (("number", ogr.OFTInteger), ("area", ogr.OFTReal), ("cause", ogr.OFTString), ("distance", ogr.OFTReal))
    for name, kind in fields:
        layer.CreateField(ogr.FieldDefn(name, kind))
    raster = gdal.Open(str(numbers))
    band = raster.GetRasterBand(1)

    full, before = False, resident_bytes()
    most = before + STOP * (job.budget.limit - before)

    def go_on(done: float, text: str, more: Any) -> int:
        nonlocal full
        full = full or resident_bytes() > most
        try:
            job.progress.check()
        except Cancelled:
            return 0
        return 0 if full else 1

    try:
        failed = gdal.Polygonize(band, band, layer, 0, [], go_on)
    except RuntimeError:
        if not full:
            raise
    job.progress.check()
    if full:  # GDAL holds the outline of a hole until it has seen the last row of it
        raise MemoryLimitError(
            f"The outlines of the holes need more than MAX_MEMORY, {job.budget.limit // MB} MB: raise it, or leave out "
            "POLYGONS."
        )
    if failed:
        raise OutputError(f"{part} cannot be written ({gdal.GetLastErrorMsg()}): check the free space.")


def _describe(part: Path, patches: Patches, area: float, job: Job) -> None:
    """Add what is known of each hole to its polygon."""
    import sqlite3

    names = {code: name for name, code in AREAS.items()}
    base = sqlite3.connect(part)
    try:
        job.progress.check()
        base.execute("CREATE TEMP TABLE facts (number INTEGER PRIMARY KEY, area REAL, cause TEXT, distance REAL)")
        base.executemany(
            "INSERT INTO facts VALUES (?, ?, ?, ?)",
            (
                (i + 1, int(cells) * area, names[int(cause)], float(far))
                for i, (cells, cause, far) in enumerate(
                    zip(patches.cells, patches.cause, patches.farthest, strict=True)
                )
            ),
        )
        # Triggers of the spatial index call functions only GDAL has; no geometry changes here.
        triggers = base.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            base.execute(f'DROP TRIGGER "{name}"')
        base.execute(
            f"UPDATE {LAYER} SET (area, cause, distance) = "
            f"(SELECT area, cause, distance FROM facts WHERE facts.number = {LAYER}.number)"
        )
        for _, sql in triggers:
            base.execute(sql)
        base.commit()
    except sqlite3.Error as error:
        raise OutputError(f"{part} cannot be written ({error}): check the free space and the rights.") from error
    finally:
        base.close()
