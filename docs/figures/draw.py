# SPDX-License-Identifier: GPL-2.0-or-later
"""The figures of neighborhoods.md, drawn by running the algorithms: python docs/figures/draw.py (from the checkout)."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

FIGURES = Path(__file__).resolve().parent
sys.path.insert(0, str(FIGURES.parent.parent / "build" / "plugins"))

from scree.core.clouds.writer import write_cloud  # noqa: E402
from scree.core.points.formulas import Calculator, parse_assignments  # noqa: E402
from scree.core.points.job import work_points  # noqa: E402
from scree.core.points.options import PointOptions  # noqa: E402

SIDE, SCALE = 10.0, 22.0
MOST = 40
SAMPLING = "sampling(cellsize=1 select=all)"


def cloud(points: int = 160) -> Any:
    """Random points, the first of them in the middle."""
    xyz = np.random.default_rng(4).uniform(0, SIDE, (points, 3)) * [1, 1, 0.4]
    xyz[0] = [5, 5, 2]
    return np.round(xyz, 3)


def neighbors(xyz: Any, definition: str) -> Any:
    """Numbers of the neighbors of the first point, as scree:calculateattributes finds them."""
    import laspy

    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "a.las", Path(folder) / "b.las"
        write_cloud(source, *xyz.T, {"Number": np.arange(len(xyz), dtype=np.int32)})
        formulas = parse_assignments("\n".join(f"_n{i}(double) = n[{i}].Number" for i in range(MOST)))
        work_points(
            PointOptions(inputs=(str(source),), output=str(target), neighborhood=definition), Calculator(formulas)
        )
        found = laspy.read(target)
        numbers = np.array([found[f"_n{i}"][0] for i in range(MOST)])
    return numbers[~np.isnan(numbers)].astype(int)


def panel(xyz: Any, definition: str, left: int, outline: str, properties: str = "") -> str:
    """One plan view: neighbors filled, the outline of the region over them."""
    near = set(neighbors(xyz, definition + properties).tolist())
    dots = "".join(
        f'<circle cx="{x * SCALE:.1f}" cy="{(SIDE - y) * SCALE:.1f}" r="3" '
        f'fill="{"#c33" if i == 0 else "#27b" if i in near else "#ccc"}"/>'
        for i, (x, y, _) in enumerate(xyz)
    )
    side = SIDE * SCALE
    return (
        f'<g transform="translate({left} 24)"><rect width="{side}" height="{side}" fill="none" stroke="#999"/>{dots}'
        f'{outline}<text x="4" y="-8" font-size="12" font-family="sans-serif">{definition}</text></g>'
    )


def circle(radius: float) -> str:
    r, middle = radius * SCALE, SIDE * SCALE / 2
    return f'<circle cx="{middle}" cy="{middle}" r="{r}" fill="none" stroke="#27b"/>'


def window(x: float, y: float) -> str:
    w, h, middle = x * SCALE, y * SCALE, SIDE * SCALE / 2
    return f'<rect x="{middle - w / 2}" y="{middle - h / 2}" width="{w}" height="{h}" fill="none" stroke="#27b"/>'


CROSS = f'<path d="M{SIDE * SCALE / 2} 0V{SIDE * SCALE}M0 {SIDE * SCALE / 2}H{SIDE * SCALE}" stroke="#27b"/>'


STAR = CROSS + f'<path d="M0 0L{SIDE * SCALE} {SIDE * SCALE}M0 {SIDE * SCALE}L{SIDE * SCALE} 0" stroke="#27b"/>'


def scan_lines() -> Any:
    """Points close to each other along lines that lie far apart, as scanners leave them; the first in the middle."""
    rng = np.random.default_rng(5)
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(0.5, SIDE, 1.5), np.arange(0.2, SIDE, 0.3)))
    xyz = np.column_stack([x + 0.05 * rng.normal(size=len(x)), y + 0.03 * rng.normal(size=len(x)), 0 * x])
    middle = np.hypot(x - 5, y - 5).argmin()
    return np.round(np.vstack([xyz[middle : middle + 1], np.delete(xyz, middle, axis=0)]), 3)


def cells(size: float) -> str:
    """The grid of sampling cells."""
    lines = "".join(
        f"M{at * SCALE:.1f} 0V{SIDE * SCALE}M0 {(SIDE - at) * SCALE:.1f}H{SIDE * SCALE}"
        for at in np.arange(0, SIDE, size)
    )
    return f'<path d="{lines}" stroke="#ddd" fill="none"/>'


def growth(xyz: Any, target: int, size: float) -> str:
    """The circles of 1, 3, 5, ... cells that were tried round the cell of the middle; the last one is drawn whole."""
    tried = []
    for diameter in range(1, 9, 2):
        tried.append(diameter)
        if len(neighbors(xyz, f"circle(d={diameter}) {SAMPLING}")) >= target:
            break
    middle = (np.floor(SIDE / 2 / size) + 0.5) * size
    rings = "".join(
        f'<circle cx="{middle * SCALE:.1f}" cy="{(SIDE - middle) * SCALE:.1f}" r="{d * size / 2 * SCALE:.1f}" '
        f'fill="none" stroke="#27b"{"" if d == tried[-1] else dashes}/>'
        for dashes in (' stroke-dasharray="3 3"',)
        for d in tried
    )
    return cells(size) + rings


def figure(name: str, panels: list[tuple[str, str]], properties: str = "", xyz: Any = None) -> None:
    xyz, step = cloud() if xyz is None else xyz, int(SIDE * SCALE) + 16
    drawn = "".join(panel(xyz, text, 8 + i * step, outline, properties) for i, (text, outline) in enumerate(panels))
    width, height = 8 + len(panels) * step, int(SIDE * SCALE) + 32
    text = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">{drawn}</svg>\n'
    (FIGURES / f"{name}.svg").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    figure("regions", [("circle(r=2)", circle(2)), ("window(x=4 y=2)", window(4, 2)), ("sphere(r=2)", circle(2)),
                       ("circle(r=2) and knn(k=6)", circle(2))])  # fmt: skip
    figure("quadrants", [("knn(k=8)", ""), ("knn(k=8 mode=quadrant)", CROSS), ("knn(k=16 mode=octant)", STAR)])
    figure("octants", [("knn(k=16)", ""), ("knn(k=16 mode=quadrant)", CROSS), ("knn(k=16 mode=octant)", STAR)],
           xyz=scan_lines())  # fmt: skip
    targets = {n: f"incremental(circle(d=1:7) target={n})" for n in (3, 8, 25)}
    figure("growth", [(text, growth(cloud(), n, 1.0)) for n, text in targets.items()], " " + SAMPLING)
