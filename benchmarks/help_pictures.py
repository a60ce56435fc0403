# SPDX-License-Identifier: GPL-2.0-or-later
"""The pictures of the help pages: every algorithm is run over a made cloud, and its report's map is taken."""

from __future__ import annotations

import base64
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import processing
from before_after import side_by_side
from terrain import Survey, Terrain, write_cloud

PAGE_PICTURE = re.compile(r'<h3>([^<]*)</h3><table><tr><td><img class="map"[^>]*src="data:image/png;base64,([^"]+)"')
HOLES = ((60.0, 110.0, 40.0), (200.0, 220.0, 55.0), (230.0, 80.0, 30.0))
"""Discs without ground: east and north of the corner, radius."""


def draw(folder: Path, names: Iterable[str]) -> None:
    """Write ``folder/<name>.png`` of every algorithm named that has a map to show, else an SVG."""
    with tempfile.TemporaryDirectory(prefix="scree-help-") as home:
        place = Path(home)
        made = _inputs(place)
        for name in sorted(names, key=lambda n: (n != "voxelmapupdate", n)):
            content, ending = _picture(name, made, place)
            (folder / f"{name}.{ending}").write_bytes(content)
            print(name, len(content))


def _inputs(place: Path) -> dict[str, str]:
    cloud, terrain = place / "cloud.las", Terrain(terraces=True, ditches=True, walls=True)
    write_cloud(str(cloud), Survey(points=300_000, density=2.0), terrain)
    import laspy

    las = laspy.read(cloud)
    west, south = np.floor(las.x.min()), np.floor(las.y.min())
    keep = np.ones(len(las.points), bool)
    for east, north, radius in HOLES:
        inside = np.hypot(las.x - west - east, las.y - south - north) < radius
        keep &= ~(inside & (las.classification == 2))
    las.points = las.points[keep]
    las.write(str(place / "holes.las"))
    common = {"INPUT": [str(cloud)], "RESOLUTION": 1, "OUTPUT": str(place / "ground.tif")}
    processing.run("scree:dem", common | {"METHOD": "tin"})
    return {"cloud": str(cloud), "holes": str(place / "holes.las"), "dtm": str(place / "ground.tif")}


def _parameters(name: str, made: dict[str, str], place: Path) -> tuple[dict[str, Any], str]:
    """A run of each algorithm, and words of the title of the map that is taken."""
    cloud, voxels = {"INPUT": [made["cloud"]]}, {"MAP": str(place / "voxels")}
    las, tif = str(place / f"{name}.las"), str(place / f"{name}.tif")
    runs: dict[str, tuple[dict[str, Any], str]] = {
        "dem": (cloud | {"RESOLUTION": 0.5, "OUTPUT": tif, "SLOPE": str(place / "slope.tif")}, "slope"),
        "gridfrompoints": (cloud | {"RESOLUTION": 1, "NEIGHBORHOOD": "knn(k=8)", "OUTPUT": tif}, name),
        "cellstatistics": (cloud | {"RESOLUTION": 1, "FEATURES": "range", "OUTPUT": tif}, name),
        "normals": (cloud | {"FEATURES": True, "OUTPUT": las}, "NormalZ"),
        "pointstats": (cloud | {"NEIGHBORHOOD": "cylinder(r=2 z=50)", "FEATURES": "range", "OUTPUT": las}, "range_z"),
        "calculateattributes": (
            cloud | {"RASTERS": [made["dtm"]], "FORMULAS": "_height(float) = z - r[0]", "OUTPUT": las},
            "_height",
        ),
        "filterpoints": (cloud | {"PROCESS_FILTER": "Class[Ground]", "OUTPUT": las}, "points in each pixel"),
        "voxelmapupdate": (cloud | voxels | {"RESOLUTION": 1, "TILE_SIZE": 32}, ""),
        "voxelmaprasters": (voxels | {"COUNT": tif}, name),
        "groundgaps": ({"INPUT": [made["holes"]], "OUTPUT": tif}, "distance"),
        "augmentground": (
            {"INPUT": [made["holes"]], "DTM": [made["dtm"]], "OUTPUT": las, "SPACING": 1},
            "",
        ),
    }
    return runs.get(name, ({}, ""))


def _picture(name: str, made: dict[str, str], place: Path) -> tuple[bytes, str]:
    parameters, wanted = _parameters(name, made, place)
    if not parameters:
        return _shown_by_other(name, made, place)
    page = str(place / f"{name}.html")
    processing.run(f"scree:{name}", parameters | {"REPORT_HTML": page})
    found = PAGE_PICTURE.findall(Path(page).read_text("utf-8"))
    chosen = [code for title, code in found if wanted.lower() in title.lower()] or [code for _, code in found]
    if not chosen or not wanted:
        return _shown_by_other(name, made, place)
    return base64.b64decode(chosen[0]), "png"


def _shown_by_other(name: str, made: dict[str, str], place: Path) -> tuple[bytes, str]:
    """What has no map of its own: what another algorithm sees of its result, or what it says."""
    if name in ("augmentground", "removesynthetic"):
        plans = [Path(made["holes"]), place / "augmentground.las"]
        return side_by_side(*(plans if name == "augmentground" else plans[::-1]), Path(made["dtm"])), "png"
    rasters = {"voxelmapupdate": "TOP", "voxelmapmerge": "BOTTOM", "voxelmapexport": "TOP", "voxelmapquery": "GAP"}
    if name in rasters or name == "voxelmapcheck":
        band = rasters.get(name, "COUNT")
        run = {"MAP": str(place / "voxels"), band: str(place / f"{name}-{band}.tif")}
        return _map_of("scree:voxelmaprasters", run, "", place), "png"
    return _text_of(name).encode(), "svg"


def _map_of(algorithm: str, parameters: dict[str, Any], wanted: str, place: Path) -> bytes:
    page = str(place / "seen.html")
    processing.run(algorithm, parameters | {"REPORT_HTML": page})
    found = PAGE_PICTURE.findall(Path(page).read_text("utf-8"))
    return base64.b64decode(next(code for title, code in found if wanted in title))


def _text_of(name: str) -> str:
    """What an algorithm without a map says, its first lines, without what is this machine's own."""
    from scree.core.reports import svg

    lines = processing.run(f"scree:{name}", {})["FINDINGS"].splitlines()
    known = [re.sub(r"\s*\(.*", "", line) for line in lines if not line.startswith(" ") and ":" in line]
    shown = [line for line in known if "/" not in line and not line.startswith("System")][:12]
    return svg.lines(shown)
