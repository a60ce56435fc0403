# SPDX-License-Identifier: GPL-2.0-or-later
"""What a DEM run is refused for before it starts: outputs over inputs, folders it can not write, too little disk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..jobs import overwriting
from ..jobs.disk import require_free, require_writable
from .options import FILES, RASTERS, DemOptions

if TYPE_CHECKING:
    from ..clouds.collection import Collection
    from ..tiles.ingest import Selection

POINT_BYTES = 36
"""Scratch of a point: spooled, then sealed."""
RAW_BYTES = 60
"""Scratch of a point more where raw points are kept: spooled with its index, sealed, answered, in order."""

OUTPUT_BYTES = 3
"""Of a raster's cell, compressed, with its share of the overviews."""


def inputs_of(options: DemOptions, collection: Collection, selected: list[Selection]) -> list[str]:
    """Every file the run reads: clouds, skipped ones too, the mask, polygons of the filter."""
    clouds = [source.path for source in collection.sources] + [path for path, _ in collection.skipped]
    return clouds + sorted({options.mask} - {""} | {file for s in selected for file in s.filter.files})


def refuse_overwriting(options: DemOptions, inputs: list[str]) -> None:
    """Raise OptionError where an output is a file the run reads, or another output."""
    overwriting.refuse_overwriting({name.upper(): getattr(options, name) for name in FILES}, inputs)


def refuse_unwritable(options: DemOptions) -> None:
    """Raise OutputError for the first output that can not be written."""
    for name in FILES:
        if getattr(options, name):
            require_writable(Path(getattr(options, name)))


def refuse_small_disk(options: DemOptions, collection: Collection, parent: Path) -> None:
    """Raise OutputError where the scratch of so many points does not fit."""
    each = POINT_BYTES + (RAW_BYTES if options.deviations or options.count else 0)
    require_free({parent: collection.points * each})


def refuse_small_disk_for_cells(options: DemOptions, parent: Path, cells: int) -> None:
    """The same for results and rasters of so many cells: those expected, then those the points told of."""
    wanted = [name for name in RASTERS if getattr(options, name)]
    needs = {parent: cells * 4 * len([name for name in wanted if name != "hillshade"])}
    for name in wanted:
        folder = Path(getattr(options, name)).absolute().parent
        needs[folder] = needs.get(folder, 0) + cells * OUTPUT_BYTES
    require_free(needs)
