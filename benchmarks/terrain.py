# SPDX-License-Identifier: GPL-2.0-or-later
"""Airborne-like point clouds of any size over a ground whose true height is known everywhere.

    terrain.py cloud OUT.laz --points 1e6 [--density 8] [--noise 0.03] [--shape square|strip|clusters] [--ground-only]
                             [--terraces] [--ditches] [--walls] [--town] [--seed 1]
    terrain.py score DEM.tif [--terraces] [--ditches] [--walls] [--town] [--seed 1] [--margin 0]
    terrain.py truth DEM.tif TRUTH.tif [--terraces] [--ditches] [--walls] [--town] [--seed 1]

The ground is an analytic function, so a DEM is scored at any size without a stored truth: give
``score`` the options the cloud was made with.  Points are drawn block by block by a generator
seeded with (seed, block): memory does not grow with the cloud, and a larger cloud repeats the
blocks of a smaller one.  ``truth`` writes the true heights of the cells of a DEM.

``--town`` is another ground, that of town.py; of the rest only --points, --density, --noise and --seed go with it.

Metres, EPSG:2154.  Classes: 2 ground, 5 trees, 6 roofs (no ground beneath), 9 ponds (few returns).
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

ORIGIN = (450_000.0, 6_500_000.0)
BLOCK = 200.0
EPSG = 2154
STRIP_WIDTH = 60.0
GROUND, TREE, ROOF, WATER = 2, 5, 6, 9

Floats = np.ndarray
Block = dict[str, np.ndarray]


@dataclass(frozen=True)
class Terrain:
    """The true ground: ``terrain(x, y)`` is its height, for arrays in metres."""

    seed: int = 1
    terraces: bool = False
    ditches: bool = False
    walls: bool = False

    def __call__(self, x: Floats, y: Floats) -> Floats:
        east, north = np.asarray(x, float) - ORIGIN[0], np.asarray(y, float) - ORIGIN[1]
        z = self._relief(east, north)
        if self.terraces:
            z = self._terraced(z, east, north)
        if self.ditches:
            z = z - 1.2 * _profile(_to_lines(north + 25 * np.sin(east / 140) + 8 * np.sin(east / 37), 140.0), 0.5, 1.5)
        if self.walls:
            z = z + 1.2 * _profile(_to_lines(east + 30 * np.sin(north / 160), 170.0), 0.4, 0.6)
        return z

    def _relief(self, east: Floats, north: Floats) -> Floats:
        """24 waves from 4 km to 25 m, each about as steep as the others."""
        rng = np.random.default_rng([self.seed, 20])
        z = np.full(np.broadcast(east, north).shape, 300.0)
        for length in np.geomspace(4000.0, 25.0, 24):
            turn, phase = rng.uniform(0, 2 * math.pi, 2)
            height = min(30.0, 0.012 * length * rng.uniform(0.5, 1.2))
            along = (east * math.cos(turn) + north * math.sin(turn)) * (2 * math.pi / length)
            z += height * np.sin(along + phase)
        return z

    @staticmethod
    def _terraced(z: Floats, east: Floats, north: Floats) -> Floats:
        """Steps of 1.5 m, most of whose rise is in a fifth of their run, in about half of the land."""
        zone = np.clip(3 * np.sin(east / 130 + 1) * np.cos(north / 170), 0, 1)
        steps = z / 1.5
        stepped = 1.5 * (np.floor(steps) + np.clip((steps - np.floor(steps) - 0.8) / 0.2, 0, 1))
        return z + zone * (stepped - z)


def _to_lines(across: Floats, spacing: float) -> Floats:
    """Distance to the nearest of parallel lines."""
    return np.abs(across / spacing - np.round(across / spacing)) * spacing


def _profile(distance: Floats, flat: float, foot: float) -> Floats:
    """1 within ``flat`` of the line, sloping to 0 at ``foot``."""
    return np.clip((foot - distance) / (foot - flat), 0, 1)


@dataclass(frozen=True)
class Survey:
    """How the ground is sampled; ``blocks`` draws the points."""

    points: int
    density: float = 8.0
    noise: float = 0.03
    shape: str = "square"
    ground_only: bool = False
    seed: int = 1

    def blocks(self, terrain: Terrain) -> Iterator[Block]:
        area = BLOCK * (STRIP_WIDTH if self.shape == "strip" else BLOCK)
        each = max(1, round(self.density * area))
        number = math.ceil(self.points / each)
        side = 1 if self.shape == "strip" else math.ceil(math.sqrt(number))
        for k in range(number):
            column, row = (k, 0) if self.shape == "strip" else (k % side, k // side)
            yield self._block(terrain, column, row, min(each, self.points - k * each))

    def _block(self, terrain: Terrain, column: int, row: int, n: int) -> Block:
        rng = np.random.default_rng([self.seed, column, row])
        x, y = self._places(rng, column, row, n)
        ones = np.ones(n, np.uint8)
        block = {
            "x": x,
            "y": y,
            "z": terrain(x, y),
            "classification": np.full(n, GROUND, np.uint8),
            "return_number": ones,
            "number_of_returns": ones.copy(),
            "intensity": np.clip(rng.normal(900, 150, n), 1, 65535).astype(np.uint16),
            "point_source_id": (np.floor((y - ORIGIN[1]) / 120).astype(np.int64) % 60000 + 1).astype(np.uint16),
            "gps_time": np.floor((y - ORIGIN[1]) / 120) * 1000 + (x - ORIGIN[0]) / 60,
        }
        if not self.ground_only:
            block = self._cover(rng, terrain, block, ORIGIN[0] + column * BLOCK, ORIGIN[1] + row * BLOCK)
        block["z"] = block["z"] + rng.normal(0, self.noise, len(block["z"]))
        order = np.lexsort((block["x"], np.floor(block["y"] / 2)))
        return {name: values[order] for name, values in block.items()}

    def _places(self, rng: np.random.Generator, column: int, row: int, n: int) -> tuple[Floats, Floats]:
        x = ORIGIN[0] + (column + rng.random(n)) * BLOCK
        y = ORIGIN[1] + (row + rng.random(n)) * BLOCK
        if self.shape == "strip":  # a coast: narrow, bending, its bounding box nearly empty
            east = x - ORIGIN[0]
            y = ORIGIN[1] + east + 2000 * np.sin(east / 3000) + (rng.random(n) - 0.5) * STRIP_WIDTH
        if self.shape == "clusters":  # half of the points in one square metre
            heap = rng.random(n) < 0.5
            x[heap] = ORIGIN[0] + (column + 0.5) * BLOCK + rng.random(int(heap.sum()))
            y[heap] = ORIGIN[1] + (row + 0.5) * BLOCK + rng.random(int(heap.sum()))
        return x, y

    @staticmethod
    def _cover(rng: np.random.Generator, terrain: Terrain, block: Block, west: float, south: float) -> Block:
        """Trees (a quarter of the land, 7 of 10 points stay in them), roofs, ponds."""
        x, y, n = block["x"], block["y"], len(block["x"])
        forest = np.sin(x / 57) * np.cos(y / 71) + 0.4 * np.sin((x + y) / 23) > 0.3
        in_tree = forest & (rng.random(n) < 0.7)
        block["z"] = block["z"] + np.where(in_tree, np.minimum(rng.gamma(4.0, 3.0, n), 35.0), 0.0)
        block["classification"][in_tree] = TREE
        block["number_of_returns"][forest] = 3
        block["return_number"][forest] = np.where(in_tree[forest], rng.integers(1, 3, int(forest.sum())), 3)
        for _ in range(rng.integers(0, 4)):
            cx, cy = west + rng.uniform(20, BLOCK - 20), south + rng.uniform(20, BLOCK - 20)
            roof = (np.abs(x - cx) < rng.uniform(4, 12)) & (np.abs(y - cy) < rng.uniform(4, 12))
            block["z"] = np.where(roof, terrain(np.array(cx), np.array(cy)) + rng.uniform(5, 14), block["z"])
            block["classification"][roof] = ROOF
            block["return_number"][roof] = block["number_of_returns"][roof] = 1
        cx, cy, radius = west + rng.uniform(30, 170), south + rng.uniform(30, 170), rng.uniform(8, 28)
        pond = (np.hypot(x - cx, y - cy) < radius) & (rng.random() < 0.3)
        block["classification"][pond] = WATER
        kept = ~pond | (rng.random(n) < 0.01)
        return {name: values[kept] for name, values in block.items()}


def write_cloud(path: str, survey: Any, terrain: Callable[[Floats, Floats], Floats]) -> int:
    """Write the points of ``survey`` over ``terrain`` as LAS or LAZ (1.4, point format 6); returns their number."""
    import laspy
    from osgeo import osr

    header = laspy.LasHeader(point_format=6, version="1.4")
    header.scales, header.offsets = np.full(3, 0.001), np.array([*ORIGIN, 0.0])
    crs = osr.SpatialReference()
    crs.ImportFromEPSG(EPSG)
    header.vlrs.append(laspy.vlrs.known.WktCoordinateSystemVlr(crs.ExportToWkt()))
    header.global_encoding.wkt = True
    total = 0
    with laspy.open(path, "w", header=header) as file:
        for block in survey.blocks(terrain):
            points = laspy.ScaleAwarePointRecord.zeros(len(block["x"]), header=header)
            for name, values in block.items():
                points[name] = values
            file.write_points(points)
            total += len(points)
    return total


def score(path: str, terrain: Callable[[Floats, Floats], Floats], margin: int = 0) -> dict[str, float]:
    """Differences of a DEM from the truth, in metres; cells within ``margin`` of the edge are left out."""
    from osgeo import gdal

    dem = gdal.Open(path)
    if dem is None:
        raise SystemExit(f"{path} is no raster GDAL can read.")
    band, (west, cell, _, north, _, down) = dem.GetRasterBand(1), dem.GetGeoTransform()
    columns = np.arange(margin, dem.RasterXSize - margin)
    parts, cells = [], 0
    for top in range(margin, dem.RasterYSize - margin, 256):
        rows = np.arange(top, min(top + 256, dem.RasterYSize - margin))
        z = band.ReadAsArray(margin, top, len(columns), len(rows)).astype(float)
        x, y = np.meshgrid(west + cell * (columns + 0.5), north + down * (rows + 0.5))
        there = np.isfinite(z) & (z != band.GetNoDataValue())
        parts.append((z[there] - terrain(x[there], y[there])).astype(np.float32))
        cells += z.size
    off = np.concatenate(parts).astype(float) if parts else np.zeros(0)
    if not len(off):
        return {"cells": cells, "nodata": cells}
    size = np.abs(off)
    return {
        "cells": cells,
        "nodata": cells - len(off),
        "rmse": float(np.sqrt(np.mean(off**2))),
        "mean": float(off.mean()),
        "p95": float(np.percentile(size, 95)),
        "max": float(size.max()),
    }


def write_truth(like: str, path: str, terrain: Callable[[Floats, Floats], Floats]) -> None:
    """Write the true heights of the cells of the raster ``like``."""
    from osgeo import gdal

    gdal.UseExceptions()
    dem = gdal.Open(like)
    west, cell, _, north, _, down = dem.GetGeoTransform()
    out = gdal.GetDriverByName("GTiff").Create(path, dem.RasterXSize, dem.RasterYSize, 1, gdal.GDT_Float32)
    out.SetGeoTransform(dem.GetGeoTransform())
    out.SetProjection(dem.GetProjection())
    columns = np.arange(dem.RasterXSize)
    for top in range(0, dem.RasterYSize, 256):
        rows = np.arange(top, min(top + 256, dem.RasterYSize))
        x, y = np.meshgrid(west + cell * (columns + 0.5), north + down * (rows + 0.5))
        out.GetRasterBand(1).WriteArray(terrain(x, y).astype(np.float32), 0, top)
    out.FlushCache()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    cloud = commands.add_parser("cloud")
    cloud.add_argument("path")
    cloud.add_argument("--points", type=lambda text: int(float(text)), default=1_000_000)
    cloud.add_argument("--density", type=float, default=8.0, help="points per square metre")
    cloud.add_argument("--noise", type=float, default=0.03, help="standard deviation of heights, metres")
    cloud.add_argument("--shape", choices=("square", "strip", "clusters"), default="square")
    cloud.add_argument("--ground-only", action="store_true")
    scoring = commands.add_parser("score")
    scoring.add_argument("path")
    scoring.add_argument("--margin", type=int, default=0, help="cells")
    truth = commands.add_parser("truth")
    truth.add_argument("like")
    truth.add_argument("path")
    for command in (cloud, scoring, truth):
        command.add_argument("--seed", type=int, default=1)
        for form in ("terraces", "ditches", "walls"):
            command.add_argument(f"--{form}", action="store_true")
        command.add_argument("--town", action="store_true", help="a town: terraces, buildings, quays, a canal")
    _run(parser, parser.parse_args())


def _run(parser: argparse.ArgumentParser, a: argparse.Namespace) -> None:
    from town import Town, TownSurvey

    other_forms = (
        a.terraces or a.ditches or a.walls or (a.command == "cloud" and (a.shape != "square" or a.ground_only))
    )
    if a.town and other_forms:
        parser.error("--town goes with --points, --density, --noise and --seed only: leave the other forms out.")
    terrain = Town(a.seed) if a.town else Terrain(a.seed, a.terraces, a.ditches, a.walls)
    if a.command == "score":
        print(json.dumps(score(a.path, terrain, a.margin)))
    elif a.command == "truth":
        write_truth(a.like, a.path, terrain)
    else:
        survey: Any = TownSurvey(a.points, a.density, a.noise, a.seed)
        if not a.town:
            survey = Survey(a.points, a.density, a.noise, a.shape, a.ground_only, a.seed)
        print(json.dumps({"path": a.path, "points": write_cloud(a.path, survey, terrain)}))


if __name__ == "__main__":
    sys.exit(main())
