# SPDX-License-Identifier: GPL-2.0-or-later
"""DTM augmentation: python benchmarks/augmentation.py [--rows size,scaling,scipy,truth,isprs] [--large] [OUTPUT.json].

size     21 M points on 1 km2 at MAX_MEMORY 1024, beside a plain copy of the file (reading and writing alone)
scaling  30 M and 60 M points (--large: 200 M), the same memory
scipy    the work beyond reading, beside chunked scipy.cKDTree queries, in one run
truth    a made cloud with roofs, ponds, woods: good sites accepted, planted bad areas rejected, DEM before and after
isprs    holes punched into the ISPRS samples beside the checkout: the ground that was removed is the truth
Every timed run is a process of its own, after one that compiled the kernels.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "build" / "plugins"), str(ROOT / "benchmarks")]

import numpy as np  # noqa: E402
from terrain import EPSG, ORIGIN, Survey, Terrain, write_cloud  # noqa: E402

SHARED = ROOT.parent / "shared" / "data"
MEMORY = 1024
TERRAIN = Terrain()


class Clock:
    """Feedback that notes the cpu seconds of each phase."""

    def __init__(self) -> None:
        self.cpu: dict[str, float] = {}
        self._phase, self._at = "start", time.process_time()

    def is_cancelled(self) -> bool:
        return False

    def set_percent(self, percent: float) -> None:
        pass

    def info(self, text: str) -> None:
        now = time.process_time()
        self.cpu[self._phase] = self.cpu.get(self._phase, 0.0) + now - self._at
        self._phase, self._at = text.split(":")[0], now

    def warning(self, text: str) -> None:
        pass


def augment(inputs: list[str], dtm: str, warm: tuple[str, str] = (), **options: Any) -> dict[str, Any]:
    """``warm``: a cloud and its DTM that are worked first, so that no kernel is loaded while the clock runs."""
    if warm:
        augment([warm[0]], warm[1], **options)
    from scree.core.augmentation.job import augment_ground
    from scree.core.augmentation.options import AugmentOptions

    clock, wall, cpu = Clock(), time.perf_counter(), time.process_time()
    settings = {"max_memory": MEMORY, "threads": 2, "resume": False} | options
    report = augment_ground(AugmentOptions(inputs=tuple(inputs), dtm=(dtm,), **settings), clock)
    names = ("points_read", "points_ground", "points_generated", "points_accepted", "accepted", "rejected",
             "validated_share", "phases", "peak_memory")  # fmt: skip
    found = {name: report[name] for name in names} | {"cpu_phases": {k: round(v, 2) for k, v in clock.cpu.items()}}
    return found | {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}


def copy(path: str, out: str) -> dict[str, float]:
    """Reading and writing alone, by the same reader and writer."""
    from scree.core.clouds import open_collection
    from scree.core.clouds.las_writer import CloudWriter
    from scree.core.clouds.output_header import copied_header

    wall, cpu = time.perf_counter(), time.process_time()
    sources = open_collection([path]).sources
    with CloudWriter(out, copied_header(sources), sources) as writer:
        for source in sources:
            for _, records in source.records():
                writer.copy(source, records)
    return {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}


def mended(path: str, dtm: str, spacing: float) -> dict[str, Any]:
    """The first system's mended way: nearest pixels, chunked queries of a tree of all ground, mean of 8 heights."""
    import laspy
    from osgeo import gdal
    from scipy.spatial import cKDTree

    las = laspy.read(path)
    ground = las.xyz[np.asarray(las.classification) == 2]
    low, high = las.xyz[:, :2].min(axis=0), las.xyz[:, :2].max(axis=0)
    del las
    cpu = time.process_time()
    x, y = (a.ravel() for a in np.meshgrid(*(np.arange(low[i] + spacing / 2, high[i], spacing) for i in (0, 1))))
    raster = gdal.Open(dtm)
    west, cell, _, north, _, _ = raster.GetGeoTransform()
    raw = raster.GetRasterBand(1).ReadRaster(buf_type=gdal.GDT_Float32)
    pixels = np.frombuffer(raw, np.float32).reshape(raster.RasterYSize, raster.RasterXSize)
    z = pixels[((north - y) / cell).astype(int), ((x - west) / cell).astype(int)]
    tree = cKDTree(ground[:, :2])
    places, kept = np.column_stack([x, y]), np.zeros(len(x), bool)
    far = np.concatenate([tree.query(places[at : at + 100_000])[0] for at in range(0, len(x), 100_000)]) > 1.5
    for at in range(0, len(x), 50_000):
        part = slice(at, at + 50_000)
        distance, index = tree.query(places[part], k=8, distance_upper_bound=10.0)
        near = np.isfinite(distance)
        heights = np.where(near, ground[np.where(near, index, 0), 2], 0.0)
        number = near.sum(axis=1)
        mean = heights.sum(axis=1) / np.maximum(number, 1)
        kept[part] = (number >= 3) & (np.abs(z[part] - mean) < 5.0)
    return {"sites": len(x), "kept": int(kept.sum()), "in_holes": int((kept & far).sum()),
            "cpu": time.process_time() - cpu}  # fmt: skip


def child(name: str, *arguments: Any, **options: Any) -> dict[str, Any]:
    """A function of this file in a process of its own."""
    call = json.dumps([name, arguments, options])
    done = subprocess.run([sys.executable, __file__, "--child", call], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{name} failed: {done.stderr.strip().splitlines()[-1:]}")
    return json.loads(done.stdout.splitlines()[-1])


def write_dtm(path: Path, west: float, north: float, z: np.ndarray, cell: float = 1.0) -> str:
    from osgeo import gdal, osr

    raster = gdal.GetDriverByName("GTiff").Create(str(path), z.shape[1], z.shape[0], 1, gdal.GDT_Float32, ["TILED=YES"])
    raster.SetGeoTransform((west, cell, 0, north, 0, -cell))
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(EPSG)
    raster.SetProjection(reference.ExportToWkt())
    raster.GetRasterBand(1).SetNoDataValue(-9999)
    raster.GetRasterBand(1).WriteRaster(0, 0, z.shape[1], z.shape[0], z.astype(np.float32).tobytes())
    return str(path)


def grid(side: int, margin: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Centers of 1 m pixels over a made cloud of so many metres."""
    steps = np.arange(-margin, side + margin) + 0.5
    x, y = np.meshgrid(ORIGIN[0] + steps, ORIGIN[1] + steps[::-1])
    return x, y


def made(folder: Path, points: int, density: float, seed: int = 1) -> tuple[str, str, int]:
    """A cloud, a DTM with a smooth error of 0.1 m, and the side of both."""
    cloud, side = folder / f"{points}-{density:g}-{seed}.laz", int(np.ceil((points / density) ** 0.5 / 200)) * 200
    survey = Survey(points, density, 0.03, "square", False, seed)
    if not cloud.exists():
        write_cloud(str(cloud), survey, TERRAIN)
    x, y = grid(side)
    z = TERRAIN(x, y) + 0.1 * np.sin(x / 150) * np.cos(y / 190)
    return str(cloud), write_dtm(folder / f"{cloud.stem}.tif", ORIGIN[0] - 5, ORIGIN[1] + side + 5, z), side


def size(folder: Path) -> dict[str, Any]:
    cloud, dtm, _ = made(folder, 21_000_000, 21.0)
    plain = child("copy", cloud, str(folder / "copy.laz"))
    ours = child("augment", [cloud], dtm, output=str(folder / "out.laz"))
    beyond = {name: round(ours[name] - plain[name], 2) for name in ("wall", "cpu")}
    return {"copy": plain, "ours": ours, "beyond": beyond, "met": beyond["wall"] <= 20 and ours["peak_memory"] <= 1024}


def scaling(folder: Path, large: bool) -> dict[str, Any]:
    rows = {}
    for millions in (30, 60, 200)[: 3 if large else 2]:
        cloud, dtm, _ = made(folder, millions * 1_000_000, 21.0)
        rows[millions] = child("augment", [cloud], dtm, output=str(folder / "out.laz"))
        rows[millions]["cpu_a_million"] = rows[millions]["cpu"] / millions
        Path(cloud).unlink()
    each = [row["cpu_a_million"] for row in rows.values()]
    return rows | {"met": max(each) <= 1.15 * min(each)}


def scipy(folder: Path) -> dict[str, Any]:
    """What lies between reading and writing, of 1 M points as the anchor has it, and of 21 M."""
    warm = made(folder, 20_000, 8.0)[:2]
    found: dict[str, Any] = {}
    for points, density, times in ((1_000_000, 8.0, 3), (21_000_000, 21.0, 1)):
        cloud, dtm, _ = made(folder, points, density)
        theirs = min((child("mended", cloud, dtm, 1.0) for _ in range(times)), key=lambda run: run["cpu"])
        row = found[str(points)] = {"theirs": theirs}
        for strategy in ("intelligent", "full"):
            only = str(folder / "s.las")
            runs = [
                child("augment", [cloud], dtm, warm=warm, synthetic_only=only, strategy=strategy) for _ in range(times)
            ]
            cpu = min(run["cpu_phases"]["Sorting"] + run["cpu_phases"]["Filling"] for run in runs)
            row[strategy] = runs[0] | {"cpu_beyond_reading": cpu, "ratio": theirs["cpu"] / cpu}
    return found | {"met": all(row["intelligent"]["ratio"] >= 5 for row in found.values())}


def truth(folder: Path) -> dict[str, Any]:
    from scipy import ndimage

    cloud, good, side = made(folder, 1_000_000, 8.0)
    rng, (x, y) = np.random.default_rng(1), grid(side)
    wrong = np.zeros(x.shape)
    for _ in range(25):
        cx, cy, r = ORIGIN[0] + side * rng.random(), ORIGIN[1] + side * rng.random(), rng.uniform(8, 20)
        wrong[np.hypot(x - cx, y - cy) < r] = rng.choice([-1, 1]) * rng.uniform(2, 5)
    z = TERRAIN(x, y) + 0.1 * np.sin(x / 150) * np.cos(y / 190)
    bad = write_dtm(folder / "bad.tif", ORIGIN[0] - 5, ORIGIN[1] + side + 5, z + wrong)
    holes = child("gaps", cloud, str(folder / "gaps.tif"))
    found: dict[str, Any] = {"holes": holes}
    for name, dtm in (("good", good), ("bad", bad)):
        only, out = (str(folder / f"{part}-{name}.las") for part in ("only", "out"))
        found[name] = child("augment", [cloud], dtm, synthetic_only=only, output=out, strategy="gaps")
        found[name]["points"] = child("places", only)["points"]
    touched = ndimage.maximum_filter(wrong != 0, 2)
    sites = {tuple(site) for site in holes["places"]}
    planted = {s for s in sites if wrong[int(ORIGIN[1] + side + 5 - s[1]), int(s[0] - ORIGIN[0] + 5)]}
    clear = {s for s in sites if not touched[int(ORIGIN[1] + side + 5 - s[1]), int(s[0] - ORIGIN[0] + 5)]}
    kept = {tuple(p) for p in found["bad"].pop("points")}
    found["good"].pop("points"), holes.pop("places")
    found |= {
        "good_sites": len(clear), "accepted": len(kept & clear) / len(clear),
        "planted_sites": len(planted), "rejected": 1 - len(kept & planted) / max(1, len(planted)),
    }  # fmt: skip
    clouds = {"without": cloud, "with": str(folder / "out-good.las")}
    rmse = {name: child("dem_error", path, str(folder / "gaps.tif")) for name, path in clouds.items()}
    return found | {"dem": rmse, "met": found["accepted"] >= 0.99 <= found["rejected"]}


def gaps(cloud: str, raster: str) -> dict[str, Any]:
    from osgeo import gdal

    from scree.core.augmentation.gap_job import GapOutputs, find_gaps
    from scree.core.augmentation.options import AugmentOptions

    options = AugmentOptions(inputs=(cloud,), dtm=(), strategy="gaps", max_memory=MEMORY)
    report = find_gaps(options, GapOutputs(raster))
    data = gdal.Open(raster)
    west, _, _, north, _, _ = data.GetGeoTransform()
    values = np.frombuffer(data.GetRasterBand(1).ReadRaster(), np.float32).reshape(data.RasterYSize, data.RasterXSize)
    row, column = np.nonzero(values > 0)
    places = np.column_stack([west + column + 0.5, north - row - 0.5]).tolist()
    return {"holes": report["holes"], "sites": report["cells_in_holes"], "places": places}


def places(path: str) -> dict[str, Any]:
    import laspy

    return {"points": laspy.read(path).xyz[:, :2].round(3).tolist()}


def dem_error(cloud: str, holes: str) -> dict[str, float]:
    """RMSE of a DEM in the holes of the original cloud."""
    from osgeo import gdal

    from scree.core.surface.dem import build_dem
    from scree.core.surface.options import DemOptions

    path = cloud + ".tif"
    build_dem(DemOptions(inputs=(cloud,), filter="Class[Ground]", output=path, resolution=1.0, max_memory=MEMORY))
    arrays = {}
    for name, file in (("dem", path), ("holes", holes)):
        data = gdal.Open(file)
        west, _, _, north, _, _ = data.GetGeoTransform()
        raw = np.frombuffer(data.GetRasterBand(1).ReadRaster(), np.float32)
        arrays[name] = (west, north, raw.reshape(data.RasterYSize, data.RasterXSize))
    west, north, z = arrays["dem"]
    row, column = np.nonzero(arrays["holes"][2] > 0)
    x, y = arrays["holes"][0] + column + 0.5, arrays["holes"][1] - row - 0.5
    r, c = (north - y).astype(int), (x - west).astype(int)
    inside = (r >= 0) & (c >= 0) & (r < z.shape[0]) & (c < z.shape[1])
    off = z[r[inside], c[inside]] - TERRAIN(x[inside], y[inside])
    off = off[np.abs(off) < 1000]
    return {"rmse": float(np.sqrt(np.mean(off**2))), "cells": len(off)}


def isprs(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for path in sorted((SHARED / "isprs").glob("samp*.txt")):
        found[path.stem] = child("punched", str(path), str(folder))
    squares = sum(row["rmse"] ** 2 * row["truth"] for row in found.values())
    total = sum(row["truth"] for row in found.values())
    return found | {"rmse": (squares / max(1, total)) ** 0.5, "truth": total}


def punched(path: str, folder: str) -> dict[str, Any]:
    """Punch circles of 6 to 12 m radius into labelled ground, fill them from a TIN of all ground, compare."""
    from scipy.interpolate import LinearNDInterpolator
    from scipy.spatial import cKDTree

    from scree.core.clouds.writer import write_cloud as write_points

    x, y, z, label = np.loadtxt(path).T
    rng, ground = np.random.default_rng(5), label == 0
    west, south = np.floor(x.min()) - 3, np.floor(y.min()) - 3
    steps = np.arange(west + 0.5, x.max() + 3), np.arange(south + 0.5, y.max() + 3)
    surface = LinearNDInterpolator(np.column_stack([x, y])[ground], z[ground])(*np.meshgrid(steps[0], steps[1][::-1]))
    dtm = write_dtm(Path(folder) / "d.tif", west, south + len(steps[1]), np.nan_to_num(surface, nan=-9999.0))
    hidden = np.zeros(len(x), bool)
    for i in rng.choice(np.flatnonzero(ground), 12, replace=False):
        hidden |= ground & (np.hypot(x - x[i], y - y[i]) < rng.uniform(6, 12))
    cloud, only = f"{folder}/c.las", f"{folder}/only.las"
    kinds = np.where(ground, 2, 1).astype(np.uint8)
    write_points(Path(cloud), x[~hidden], y[~hidden], z[~hidden], {"classification": kinds[~hidden]})
    report = augment([cloud], dtm, synthetic_only=only, strategy="gaps", min_spacing=3.0)
    import laspy

    las = laspy.read(only)
    distance, near = cKDTree(las.xyz[:, :2]).query(np.column_stack([x, y])[hidden])
    close = distance < 1.0
    off = np.asarray(las.z)[near[close]] - z[hidden][close]
    return {
        "removed": int(hidden.sum()), "truth": int(close.sum()), "filled": float(np.mean(distance < 2.0)),
        "rmse": float(np.sqrt(np.mean(off**2))), "median": float(np.median(off)),
        "validated_share": report["validated_share"], "points": len(las.x),
    }  # fmt: skip


CHILDREN = (augment, copy, mended, gaps, places, dem_error, punched)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", default="size,scaling,scipy,truth,isprs")
    parser.add_argument("--large", action="store_true", help="200 M points too: 20 GB of disk")
    parser.add_argument("--folder", help="where clouds are made; a temporary one without")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("output", nargs="?")
    asked = parser.parse_args()
    if asked.child:
        name, arguments, options = json.loads(asked.child)
        print(json.dumps({f.__name__: f for f in CHILDREN}[name](*arguments, **options)))
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(asked.folder or temporary)
        folder.mkdir(parents=True, exist_ok=True)
        small, raster, _ = made(folder, 20_000, 8.0)
        child("augment", [small], raster, output=str(folder / "warm.laz"))
        rows = {
            "size": size,
            "scaling": lambda f: scaling(f, asked.large),
            "scipy": scipy,
            "truth": truth,
            "isprs": isprs,
        }
        result = {name: rows[name](folder) for name in asked.rows.split(",")}
    text = json.dumps(result, indent=2)
    print(text)
    if asked.output:
        Path(asked.output).write_text(text + "\n")


if __name__ == "__main__":
    main()
