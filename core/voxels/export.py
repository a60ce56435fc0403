# SPDX-License-Identifier: GPL-2.0-or-later
"""``export_map``: a map as OctoMap's trees, as clouds, as points of a GeoPackage, as PLY; tile by tile."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from ..coordinates import coordinate, coordinates
from ..errors import InputError, OptionError
from ..jobs.disk import require_writable
from ..jobs.estimate import Estimate
from ..jobs.job import Job
from ..jobs.part import replacing
from ..jobs.progress import Feedback
from ..reports.facts import run_facts
from .choices import FORMATS
from .expected import expect_reading
from .model import log_odds
from .reading import MapOptions, open_run
from .voxel_map import VoxelMap, Voxels, check_probability
from .world_tree import write_world_tree

MB = 1 << 20
RESOURCES = Path(__file__).resolve().parents[2] / "resources"
PLY = np.dtype([("x", "<f8"), ("y", "<f8"), ("z", "<f8"), ("probability", "<f4"), ("count", "<i4")])
SCRATCH_BYTES = {"bt": 2.04, "ot": 10.3, "ply": float(PLY.itemsize)}
"""For each voxel while the file is put together; of trees as surfaces were seen to need."""
PLY_TYPES = {"x": "double", "y": "double", "z": "double", "probability": "float", "count": "int"}


@dataclass(frozen=True, kw_only=True)
class ExportOptions(MapOptions):
    """Options of ``export_map``."""

    output: str
    format: str = "laz"
    min_probability: float = 0.5
    """Voxels above it are written; in .bt files those at or above it are occupied, the others free."""
    box: tuple[float, ...] | None = None
    """(xmin, ymin, zmin, xmax, ymax, zmax) of clouds, points and PLY."""
    coarsen: int = 1
    """Voxels along a side that are joined to one (clouds, points and PLY); it divides the tile's."""
    overviews: bool = False
    """A GeoPackage also gets layers of coarser cubes, so that a large map draws at any scale."""

    @property
    def beside(self) -> str:
        return self.output

    def check(self) -> None:
        """Raise OptionError for the first value that cannot work."""
        if self.coarsen < 1 or (self.coarsen > 1 and self.format in ("bt", "ot")):
            raise OptionError(f"COARSEN is {self.coarsen}; it must be 1 or more, and 1 for FORMAT bt and ot.")
        if self.overviews and (self.format != "gpkg" or self.coarsen > 1):
            raise OptionError("OVERVIEWS is set; it needs FORMAT gpkg and COARSEN 1.")
        if self.format not in FORMATS:
            raise OptionError(f"FORMAT is '{self.format}'; it must be one of {', '.join(FORMATS)}.")
        check_probability(self.min_probability)
        if not self.output.lower().endswith("." + self.format):
            raise OptionError(
                f"OUTPUT is '{self.output}'; for FORMAT {self.format} its name must end in .{self.format}."
            )
        if self.box is not None and self.format in ("bt", "ot"):
            raise OptionError(f"BOX has no effect on FORMAT {self.format}, which is the whole map: leave it out.")


def export_map(options: ExportOptions, feedback: Feedback | None = None) -> dict[str, Any]:
    """Write the file that ``options`` name; returns the report.  Raises ScreeError; then no file is changed."""
    options.check()
    path = Path(options.output)
    require_writable(path)
    with open_run("scree:voxelmapexport", options, feedback) as (voxel_map, job):
        tiles = len(voxel_map.tiles())
        if not tiles:
            raise InputError(f"{options.map} has no voxels yet: apply a cloud to it first.")
        job.expect(_expected(options, voxel_map, job))
        job.progress.phase("Writing", tiles, 100, unit="tiles")
        report = WRITERS[options.format](options, path, voxel_map, job)
        return run_facts(job, options) | report | {"output": options.output, "outputs": {"output": options.output}}


def _expected(options: ExportOptions, voxel_map: VoxelMap, job: Job) -> Estimate:
    box = voxel_map.grid.box_of(options.box) if options.box is not None else None
    each = SCRATCH_BYTES.get(options.format, 0.0)
    return expect_reading(voxel_map, options.format, options.cache_tiles, job.budget, box=box, voxel_scratch=each)


def _chosen(options: ExportOptions, voxel_map: VoxelMap, job: Job) -> Iterator[Voxels]:
    """The occupied voxels, tile by tile, joined where that is asked for."""
    side = voxel_map.grid.side
    if side % options.coarsen:
        raise OptionError(f"COARSEN is {options.coarsen}; it must divide the {side:,} voxels along a tile.")
    box = voxel_map.grid.box_of(options.box) if options.box is not None else None
    for voxels in voxel_map.occupied(options.min_probability, box):
        job.progress.check()
        yield voxels if options.coarsen == 1 else coarser(voxels, options.coarsen)
        job.progress.advance(1)


def coarser(voxels: Voxels, factor: int) -> Voxels:
    """Cubes of ``factor`` voxels a side: the highest log-odds in each, and all observations."""
    cells = voxels.cells // factor
    order = np.lexsort((cells[:, 0], cells[:, 1], cells[:, 2]))
    cells = cells[order]
    first = np.flatnonzero(np.r_[True, (cells[1:] != cells[:-1]).any(axis=1)])
    counts = np.add.reduceat(voxels.counts[order].astype(np.int64), first)
    highest = np.maximum.reduceat(voxels.log_odds[order], first)
    return Voxels(voxels.tile, cells[first], highest, np.minimum(counts, 2**31 - 1).astype(np.int32))


def _centers(options: ExportOptions, voxel_map: VoxelMap, voxels: Voxels) -> NDArray[np.float64]:
    grid = voxel_map.grid
    return replace(grid, resolution=grid.resolution * options.coarsen).centers(voxels.cells)


def _write_tree(options: ExportOptions, path: Path, voxel_map: VoxelMap, job: Job) -> dict[str, Any]:
    least = log_odds(options.min_probability)
    with replacing(path) as part, open(part, "xb") as file, _scratch(job) as scratch:
        tree = write_world_tree(voxel_map, options.format, least, file, scratch, job)
    shift = voxel_map.grid.centers(np.array([tree.shift], np.int64))[0] - voxel_map.grid.resolution / 2
    about = {
        "crs": voxel_map.metadata.crs,
        "shift": shift.tolist(),
        "meaning": "map coordinates = coordinates in the tree + shift",
        "resolution": voxel_map.grid.resolution,
        "min_probability": options.min_probability,
    }
    text = json.dumps(about, indent=2, ensure_ascii=False) + "\n"
    with replacing(path.with_name(path.name + ".json")) as part:
        part.write_bytes(text.encode())
    if any(tree.shift):
        job.warn(
            f"The map lies beyond OctoMap's keys, so {path.name} counts from {coordinates(shift)}: "
            f"add that to its coordinates (it is written in {path.name}.json)."
        )
    return {"voxels": tree.voxels, "nodes": tree.nodes, "shift": shift.tolist()}


def _write_cloud(options: ExportOptions, path: Path, voxel_map: VoxelMap, job: Job) -> dict[str, Any]:
    from ..clouds.las_writer import CloudWriter
    from ..clouds.output_header import ExtraDimension, new_header

    scale = voxel_map.grid.resolution / 2
    low = np.array(voxel_map.metadata.bounds[0]) if voxel_map.metadata.bounds else np.zeros(3)
    x, y, z = (voxel_map.grid.tile_size * low + np.array(voxel_map.grid.origin)).tolist()
    extra = [
        ExtraDimension("probability", "f4", "of being occupied"),
        ExtraDimension("count", "u4", "observations"),
    ]
    header = new_header((scale,) * 3, (x, y, z), crs_wkt=voxel_map.metadata.crs, extra=extra)
    with CloudWriter(str(path), header) as out:
        for voxels in _chosen(options, voxel_map, job):
            centers = _centers(options, voxel_map, voxels)
            columns = {"x": centers[:, 0], "y": centers[:, 1], "z": centers[:, 2]}
            probability = voxels.probability.astype(np.float32)
            out.add({**columns, "probability": probability, "count": voxels.counts.astype(np.uint32)})
        return {"voxels": out.points}


def _write_ply(options: ExportOptions, path: Path, voxel_map: VoxelMap, job: Job) -> dict[str, Any]:
    count = 0
    with replacing(path) as part, open(part, "xb") as file, _scratch(job) as body:
        for voxels in _chosen(options, voxel_map, job):
            rows = np.empty(len(voxels), PLY)
            centers = _centers(options, voxel_map, voxels)
            rows["x"], rows["y"], rows["z"] = centers.T
            rows["probability"], rows["count"] = voxels.probability, voxels.counts
            body.write(rows.tobytes())
            count += len(rows)
        lines = ["ply", "format binary_little_endian 1.0", "comment voxel centers", f"element vertex {count}"]
        lines += [f"property {PLY_TYPES[name]} {name}" for name in PLY.names or ()]
        file.write(("\n".join([*lines, "end_header"]) + "\n").encode())
        body.seek(0)
        while block := body.read(MB):
            file.write(block)
    return {"voxels": count}


def _write_geopackage(options: ExportOptions, path: Path, voxel_map: VoxelMap, job: Job) -> dict[str, Any]:
    """Layer voxels; with overviews also voxels_2 and so on, each styled for its range of scales."""
    from ..clouds.geopackage import Part, write_layers

    low, high = np.inf, -np.inf

    def parts(coarsen: int) -> Iterator[Part]:
        nonlocal low, high
        level = replace(options, coarsen=coarsen)
        for voxels in _chosen(level, voxel_map, job):
            columns: dict[str, NDArray[Any]] = {"probability": voxels.probability}
            columns |= {"count": voxels.counts, "log_odds": voxels.log_odds}
            centers = _centers(level, voxel_map, voxels)
            low, high = min(low, float(centers[:, 2].min())), max(high, float(centers[:, 2].max()))
            yield centers, columns

    levels = {"voxels": options.coarsen}
    if options.overviews:
        levels |= {f"voxels_{factor}": factor for factor in overview_levels(voxel_map.grid.side)}
    fields = {name: np.dtype(kind) for name, kind in (("probability", "f8"), ("count", "i4"), ("log_odds", "f8"))}
    counts = write_layers(
        path,
        voxel_map.metadata.crs,
        fields,
        {name: parts(factor) for name, factor in levels.items()},
        lambda layer: _style(voxel_map, list(levels.values()), levels[layer], low, high),
    )
    return {"voxels": counts["voxels"], "levels": counts}


def overview_levels(side: int, most: int = 3) -> list[int]:
    """Factors of the coarser levels: products of the smallest primes of ``side``, so that cubes fill a tile."""
    factors: list[int] = []
    product = 1
    while len(factors) < most and side > 1:
        prime = next((p for p in (2, 3, 5, 7) if side % p == 0), side)
        side, product = side // prime, product * prime
        factors.append(product)
    return factors


def _style(voxel_map: VoxelMap, levels: list[int], factor: int, low: float, high: float) -> str:
    """Squares as wide as the voxels, colored by height, where a voxel is about a millimetre wide or more."""
    at = levels.index(factor)
    size = voxel_map.grid.resolution * factor
    scales = [1000.0 * voxel_map.grid.resolution * f for f in levels[1:]]
    values = {
        "size": coordinate(size),
        "low": coordinate(low),
        "high": coordinate(max(high, low + voxel_map.grid.resolution)),
        "limited": str(int(len(levels) > 1)),
        "nearest": coordinate(scales[at - 1] if at else 0),
        "farthest": coordinate(scales[at] if at < len(scales) else 1e8),
    }
    text = (RESOURCES / "styles" / "voxels.qml").read_text("utf-8")
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    return text


@contextmanager
def _scratch(job: Job) -> Iterator[IO[bytes]]:
    """A file for what is joined at the end."""
    with open(job.folder.file("parts"), "x+b") as file:
        yield file
        file.flush()
        job.progress.sample()


Writer = Callable[[ExportOptions, Path, VoxelMap, Job], dict[str, Any]]
WRITERS: dict[str, Writer] = {
    "bt": _write_tree, "ot": _write_tree, "las": _write_cloud, "laz": _write_cloud,
    "gpkg": _write_geopackage, "ply": _write_ply,
}  # fmt: skip
