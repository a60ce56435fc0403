# SPDX-License-Identifier: GPL-2.0-or-later
"""A run of every engine over the made inputs: what it reads, and how it is started."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Settings = Mapping[str, Any]
"""Memory and threads: what must not change a byte."""


@dataclass(frozen=True)
class Run:
    """``start(made, out, settings)`` reads files of ``made`` and writes into ``out``, both folders."""

    name: str
    reads: tuple[str, ...]
    """Names of the files and folders of ``made`` that it reads."""
    start: Callable[[Path, Path, Settings], Any]
    changes: str = ""
    """The folder in ``out`` that it changes: a copy of this one of ``made``."""

    def prepare(self, made: Path, out: Path) -> None:
        """Put into ``out`` what the run changes."""
        out.mkdir(exist_ok=True)
        if self.changes and not (out / "map").exists():
            copy_map(made / self.changes, out / "map")


def copy_map(source: Path, target: Path) -> None:
    """Copy a made map; what other trials that read it now keep locked in it is none of it."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("scree-reader-*"))


RUNS: dict[str, Run] = {}


def run(
    *reads: str, changes: str = ""
) -> Callable[[Callable[[Path, Path, Settings], Any]], Callable[[Path, Path, Settings], Any]]:
    """Register a run under the name of its function."""

    def register(start: Callable[[Path, Path, Settings], Any]) -> Callable[[Path, Path, Settings], Any]:
        name = start.__name__
        RUNS[name] = Run(name, reads, start, changes)
        return start

    return register


def dem_run(made: Path, out: Path, settings: Settings, cloud: str = "land.las", **more: Any) -> None:
    from scree.core.surface.dem import build_dem
    from scree.core.surface.options import DemOptions

    paths = {"output": str(out / "dem.tif"), "count": str(out / "count.tif")}
    build_dem(DemOptions(inputs=(str(made / cloud),), **{**paths, **settings, **more}))


def points_run(made: Path, out: Path, settings: Settings, engine: Any, around: str, **more: Any) -> None:
    from scree.core.points.job import work_points
    from scree.core.points.options import PointOptions

    kept = more.pop("kept", "all")
    given = {"inputs": (str(made / "land.las"),), "output": str(out / "points.las"), "neighborhood": around}
    work_points(PointOptions(**{**given, **settings, **more}), engine, kept=kept)


def grid_run(made: Path, out: Path, settings: Settings, engine: Any, around: str, **more: Any) -> None:
    from scree.core.points.gridding import grid_points
    from scree.core.points.gridoptions import GridOptions

    given = {"inputs": (str(made / "land.las"),), "output": str(out / "grid.tif"), "resolution": 1.0}
    grid_points(GridOptions(neighborhood=around, **{**given, **settings, **more}), engine)


@run("land.las")
def dem_rst(made: Path, out: Path, settings: Settings) -> None:
    dem_run(made, out, settings, slope=str(out / "slope.tif"), deviations=str(out / "deviations.las"))


@run("land.las", "dtm.tif")
def dem_tin(made: Path, out: Path, settings: Settings) -> None:
    dem_run(made, out, settings, method="tin", mask=str(made / "dtm.tif"))


@run("land.copc.laz")
def dem_nearest(made: Path, out: Path, settings: Settings) -> None:
    dem_run(made, out, settings, cloud="land.copc.laz", method="nearest")


@run("land.txt")
def dem_text(made: Path, out: Path, settings: Settings) -> None:
    dem_run(made, out, settings, cloud="land.txt", method="idw", filter="")


@run("land.vpc", "land.las", "more.las")
def dem_virtual(made: Path, out: Path, settings: Settings) -> None:
    dem_run(made, out, settings, cloud="land.vpc", method="movingplane")


@run("land.las")
def normals(made: Path, out: Path, settings: Settings) -> None:
    from scree.core.points.normals import Normals

    points_run(made, out, settings, Normals(), "knn(k=8 dim=3d)")


@run("land.laz")
def point_statistics(made: Path, out: Path, settings: Settings) -> None:
    from scree.core.points.pointstats import PointStatistics

    engine = PointStatistics("z", "mean,std,median,quantile(0.9)")
    points_run(made, out, settings, engine, "cylinder(r=2 z=3)", inputs=(str(made / "land.laz"),))


@run("land.las", "dtm.tif", "areas.gpkg")
def calculate(made: Path, out: Path, settings: Settings) -> None:
    from scree.core.points.formulas import Calculator, parse_assignments

    engine = Calculator(parse_assignments("_dz = n[1].z - z; _above = z - r[0]"))
    more = {"rasters": (str(made / "dtm.tif"),), "process_filter": f"Region['{made / 'areas.gpkg'}']"}
    points_run(made, out, settings, engine, "knn(k=3) sort(3d)", **more)


@run("land.laz")
def calculate_alone(made: Path, out: Path, settings: Settings) -> None:
    from scree.core.points.formulas import Calculator, parse_assignments
    from scree.core.points.options import PointOptions
    from scree.core.points.stream import stream_points

    calculator = Calculator(parse_assignments("_a(int16) = z * 7; UserData = Amplitude / 11"))
    options = {"inputs": (str(made / "land.laz"),), "output": str(out / "points.laz"), **settings}
    stream_points(PointOptions(**options), calculator)


@run("land.las")
def filter_points(made: Path, out: Path, settings: Settings) -> None:
    from scree.core.points.selection import Selection

    points_run(made, out, settings, Selection(), "sphere(r=2) minPtCount=4", kept="with")


@run("land.las", "areas.geojson")
def filter_alone(made: Path, out: Path, settings: Settings) -> None:
    from scree.core.points.options import PointOptions
    from scree.core.points.stream import stream_points

    options = {"inputs": (str(made / "land.las"),), "output": str(out / "points.las"), **settings}
    stream_points(PointOptions(process_filter=f"Region['{made / 'areas.geojson'}'] and Class[6]", **options))


@run("land.las")
def grid(made: Path, out: Path, settings: Settings) -> None:
    from scree.core.points.surfaces import PointGrid

    grid_run(made, out, settings, PointGrid("movingplanes", "z", "sigma,count", 1), "knn(k=9)")


@run("land.laz")
def cell_statistics(made: Path, out: Path, settings: Settings) -> None:
    from scree.core.points.cellstatistics import CellStatistics

    engine = CellStatistics("Amplitude", "mean,std,entropy", False)
    grid_run(made, out, settings, engine, "circle(r=1.5)", inputs=(str(made / "land.laz"),))


def _augment(made: Path, settings: Settings, **more: Any) -> Any:
    from scree.core.augmentation.options import AugmentOptions

    given = {"inputs": (str(made / "land.las"),), "dtm": (str(made / "dtm.tif"),), "spacing": 1.0}
    return AugmentOptions(**{**given, **settings, **more})


@run("land.las", "dtm.tif", "areas.gpkg")
def augment(made: Path, out: Path, settings: Settings) -> None:
    from scree.core.augmentation.job import augment_ground

    areas = {"buildings": str(made / "areas.gpkg"), "priorities": ("buildings", "vegetation", "gaps")}
    augment_ground(_augment(made, settings, output=str(out / "filled.las"), bias="smooth", **areas))


@run("land.las", "areas.geojson")
def gaps(made: Path, out: Path, settings: Settings) -> None:
    from scree.core.augmentation.gap_job import GapOutputs, find_gaps

    areas = {"buildings": str(made / "areas.geojson"), "priorities": ("buildings", "vegetation", "gaps")}
    options = _augment(made, settings, dtm=(), **areas)
    find_gaps(options, GapOutputs(str(out / "gaps.tif"), str(out / "gaps.gpkg")))


def update(made: Path, out: Path, settings: Settings, **more: Any) -> None:
    """Apply a cloud to the map in ``out``."""
    from scree.core.voxels.options import UpdateOptions
    from scree.core.voxels.update import update_map

    given = {"inputs": (str(made / "more.las"),), "map": str(out / "map"), **settings}
    update_map(UpdateOptions(**{**given, **more}))


@run("land.las")
def map_new(made: Path, out: Path, settings: Settings) -> None:
    update(made, out, settings, inputs=(str(made / "land.las"),), resolution=1.0, tile_size=10.0)


@run("more.las", changes="before")
def map_update(made: Path, out: Path, settings: Settings) -> None:
    update(made, out, settings)


@run("land.las", "track.txt")
def map_track(made: Path, out: Path, settings: Settings) -> None:
    rays = {"misses": "rays", "trajectory": str(made / "track.txt"), "scan_by": "time", "scan_seconds": 2.0}
    update(made, out, settings, inputs=(str(made / "land.las"),), resolution=2.0, tile_size=20.0, **rays)


@run("scan.las", "poses.txt")
def map_poses(made: Path, out: Path, settings: Settings) -> None:
    rays = {"misses": "rays", "poses": str(made / "poses.txt")}
    update(made, out, settings, inputs=(str(made / "scan.las"),), resolution=2.0, tile_size=20.0, **rays)


def over_map(settings: Settings) -> dict[str, Any]:
    """The settings a run over a map takes."""
    return {name: settings[name] for name in ("max_memory", "scratch") if name in settings}


@run("friend", changes="before")
def map_merge(made: Path, out: Path, settings: Settings) -> None:
    from scree.core.voxels.merge import MergeOptions, merge_maps

    merge_maps(MergeOptions(map=str(out / "map"), other=str(made / "friend"), **over_map(settings)))


@run("before")
def map_query(made: Path, out: Path, settings: Settings) -> None:
    ask(made / "before", out / "voxels.csv", settings)


def ask(folder: Path, output: Path, settings: Settings) -> None:
    """Every voxel of a map, as CSV."""
    from scree.core.voxels.query import QueryOptions, query_map

    query_map(QueryOptions(map=str(folder), output=str(output), min_probability=0.0, **over_map(settings)))


@run("before")
def map_export(made: Path, out: Path, settings: Settings) -> None:
    from scree.core.voxels.export import ExportOptions, export_map

    for form in ("bt", "ot", "las", "ply"):
        options = {"map": str(made / "before"), "output": str(out / f"map.{form}"), "format": form}
        export_map(ExportOptions(**options, **over_map(settings)))


@run("before")
def map_rasters(made: Path, out: Path, settings: Settings) -> None:
    from scree.core.voxels.rasters import RasterOptions, make_rasters

    paths = {"top": str(out / "top.tif"), "gap": str(out / "gap.tif")}
    make_rasters(RasterOptions(map=str(made / "before"), **paths, **over_map(settings)))


@run(changes="before")
def map_check(made: Path, out: Path, settings: Settings) -> None:
    from scree.core.voxels.check import CheckOptions, check_map

    check_map(CheckOptions(map=str(out / "map"), rebuild=True, **over_map(settings)))


SWITCHES = ("map_new", "map_update", "map_track", "map_poses", "map_merge")
"""Runs that put tiles into a map."""
