# SPDX-License-Identifier: GPL-2.0-or-later
"""The clouds a run writes: the input as it was, then the synthetic points; or these alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..clouds.las_writer import CloudWriter
from ..clouds.output_header import copied_header
from ..errors import InputError, OptionError
from ..jobs.disk import require_writable
from ..points.options import PointOptions
from ..points.targets import Output, Outputs, check_outputs
from .options import AugmentOptions
from .synthetic import DIMENSIONS, SyntheticPoints, columns

if TYPE_CHECKING:
    from ..clouds.collection import Collection
    from ..clouds.source import Source
    from ..jobs.job import Job

Dimensions = Mapping[str, np.dtype[Any]]
ADDED: Dimensions = {dimension.name: np.dtype(dimension.dtype) for dimension in DIMENSIONS}
SYNTHETIC = frozenset(dimension.name for dimension in DIMENSIONS)


def check_inputs(collection: Collection, options: AugmentOptions) -> None:
    """Raise InputError where points were augmented before and the user did not say to go on."""
    for source in collection.sources:
        names = SYNTHETIC & set(source.dimensions)
        if names and options.existing == "refuse":
            raise InputError(
                f"{source.path} has {', '.join(sorted(names))} already: remove its synthetic points first "
                "(scree:removesynthetic), or set EXISTING to continue."
            )
        high = 31 if source.point_format.id < 6 else 255
        if options.synthetic_class > high:
            raise OptionError(
                f"SYNTHETIC_CLASS is {options.synthetic_class}; point format {source.point_format.id} of {source.path} "
                f"holds classes up to {high}."
            )


def cloud_outputs(options: AugmentOptions, collection: Collection, dimensions: Dimensions) -> Outputs | None:
    """The clouds with all points, None where none is asked for.

    Raises OptionError, InputError, OutputError where they cannot be written.
    """
    wanted = options.output or options.output_folder
    outputs = all_points_outputs(options, collection, dimensions) if wanted else None
    if options.synthetic_only:
        CloudWriter(options.synthetic_only, copied_header(collection.sources), collection.sources)
        require_writable(Path(options.synthetic_only))
    return outputs


def all_points_outputs(options: AugmentOptions, collection: Collection, dimensions: Dimensions) -> Outputs:
    """The clouds with all points; raises OptionError, InputError, OutputError where they cannot be written."""
    asked = PointOptions(inputs=options.inputs, output=options.output, output_folder=options.output_folder)
    return check_outputs(asked, collection, dimensions)


class Writing:
    """Writes the files of one run."""

    def __init__(
        self, options: AugmentOptions, collection: Collection, synthetic: SyntheticPoints, cell: float, job: Job
    ) -> None:
        self.options, self.synthetic, self.cell, self.job = options, synthetic, cell, job
        self.places = Places(collection.sources)

    def all_points(self, output: Output, place: int | None) -> int:
        """Copy the sources and add their synthetic points; how many were written.

        ``place`` is the number of the only source, None where all synthetic points go to one file.
        """
        sources = output.collection.sources
        header = copied_header(sources, DIMENSIONS, output.collection.crs_wkt, undoable=True)
        with CloudWriter(str(output.path), header, sources) as out:
            for source in sources:
                for _, records in source.records():
                    self.job.progress.check()
                    out.copy(source, records)
                    self.job.progress.advance(len(records))
            self._add(out, place)
        for note in out.notes():
            self.job.warn(note)
        return out.points

    def synthetic_alone(self, path: Path, collection: Collection) -> int:
        """The synthetic points in the layout of the inputs; how many."""
        header = copied_header(collection.sources, DIMENSIONS, collection.crs_wkt)
        with CloudWriter(str(path), header) as out:
            self._add(out, None)
        return out.points

    def _add(self, out: CloudWriter, place: int | None) -> None:
        for points in self.synthetic.parts():
            self.job.progress.check()
            if place is not None:
                x, y = ((points[i] + 0.5) * self.cell for i in ("ix", "iy"))
                points = points[self.places.of(x, y) == place]
            if len(points):
                out.add(columns(points, self.cell, self.options.synthetic_class, self.options.point_source_id))


class Places:
    """Which input a synthetic point goes with: the one whose bounds are nearest; of several the first by name."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._order = sorted(range(len(sources)), key=lambda i: Path(sources[i].path).name)
        self._boxes = np.array([[*s.bounds[:2], *s.bounds[3:5]] for s in sources])

    def of(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int64]:
        """Numbers of sources."""
        best, place = np.full(len(x), np.inf), np.zeros(len(x), np.int64)
        for i in self._order:
            west, south, east, north = self._boxes[i]
            dx = np.maximum(np.maximum(west - x, x - east), 0)
            dy = np.maximum(np.maximum(south - y, y - north), 0)
            d2 = dx * dx + dy * dy
            nearer = d2 < best
            best[nearer], place[nearer] = d2[nearer], i
        return place
