# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether leaves show: the surface on both sides of every cell border, and beside a hole.

Leaf borders, and the ends of the weights that blend leaves, lie on cell borders.  So every border
of every cell of a region is looked at, at every eighth of a cell along it: the values an instant
before and after it, and the slopes there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from grids import rms
from made import Square, WithHole, ground, ground_cloud
from surfaces import Surface, surface
from terrain import ORIGIN, Terrain

from .row import Outcome, Row, table

if TYPE_CHECKING:
    from session import Bench

INSTANT, SLOPE_LENGTH = 1e-6, 1.0 / 1024
"""Cells."""
VALUE_BOUND, GRADIENT_BOUND = 1e-5, 1e-4
"""Metres; metres per metre."""
MODES: dict[str, dict[str, Any]] = {mode: {"segmentation": mode} for mode in ("blended", "plain")}
DENSITY, POINTS = 2.0, 250_000
"""Three blocks of that density and one of 0.25."""
REGIONS = {
    "corner of four tiles": (48.0, 352.0),
    "edge of the sparse quarter": (200.0, 300.0),
    "within it": (300.0, 300.0),
}
"""Centers, metres from the cloud's corner; the first is where four units of 512 x 512 cells meet."""
DENSE = Square(500_000, 8.0)
HOLE = (ORIGIN[0] + 125.0, ORIGIN[1] + 125.0)
HOLE_RADIUS, BESIDE = 30.0, 10.0


class Jump(NamedTuple):
    value: float
    gradient: float
    value_rms: float


def measure_seams(bench: Bench) -> Outcome:
    half, regions = (3, {"middle": (100.0, 100.0)}) if bench.quick else (32, REGIONS)
    smooth = ground_cloud(bench, ground(bench.points(POINTS), DENSITY, noise=0.0))
    jumps: dict[tuple[str, str], Jump] = {}
    for mode, options in MODES.items():
        with surface(smooth, 1.0, **options) as made:
            for region, (east, north) in regions.items():
                jumps[region, mode] = jump(made, ORIGIN[0] + east, ORIGIN[1] + north, half)
    beside = _beside_hole(bench)
    blended, plain = ([found for (_, which), found in jumps.items() if which == mode] for mode in ("blended", "plain"))
    value, gradient = max(j.value for j in blended), max(j.gradient for j in blended)
    plain_value = max(j.value for j in plain)
    kept = value <= VALUE_BOUND and gradient <= GRADIENT_BOUND
    return Outcome(
        f"blended: value jump {value:.1e} m, gradient jump {gradient:.1e}; plain {plain_value:.1e} m. Beside the hole: "
        f"RMSE {beside['blended']:.4f} m blended, {beside['plain']:.4f} m plain",
        kept and plain_value > VALUE_BOUND and beside["blended"] <= beside["plain"],
        {"jumps": {f"{region}, {mode}": j._asdict() for (region, mode), j in jumps.items()}, "beside_hole": beside},
        table(
            ("region", "mode", "largest value jump m", "rms m", "largest gradient jump"),
            ((*key, f"{j.value:.1e}", f"{j.value_rms:.1e}", f"{j.gradient:.1e}") for key, j in jumps.items()),
        ),
    )


def jump(made: Surface, east: float, north: float, half: int) -> Jump:
    """The largest jumps across all borders of the cells within ``half`` cells of a place, cells of 1 m."""
    borders = np.arange(-half, half + 1, dtype=float)
    along = np.arange(-half * 8, half * 8) / 8 + 1 / 16
    across, lengthwise = (axis.ravel() for axis in np.meshgrid(borders, along))
    sides = [across + offset for offset in (-SLOPE_LENGTH, -INSTANT, INSTANT, SLOPE_LENGTH)]
    x = np.concatenate([*sides, *[lengthwise] * 4]) + np.floor(east)
    y = np.concatenate([*[lengthwise] * 4, *sides]) + np.floor(north)
    far_left, left, right, far_right = made.at(x, y).reshape(2, 4, -1).swapaxes(0, 1)
    length = SLOPE_LENGTH - INSTANT
    before, after = (left - far_left) / length, (far_right - right) / length
    value, gradient = right - left - (before + after) * INSTANT, after - before
    valid = np.isfinite(value) & np.isfinite(gradient)
    if not valid.any():
        return Jump(*[float("nan")] * 3)
    return Jump(float(np.abs(value[valid]).max()), float(np.abs(gradient[valid]).max()), rms(value[valid]))


def _beside_hole(bench: Bench) -> dict[str, float]:
    """RMSE against the truth at places within 10 m of a round hole of 60 m, noise 0.03 m."""
    cloud = ground_cloud(bench, WithHole(DENSE, HOLE, HOLE_RADIUS))
    around, outward = np.linspace(0, 2 * np.pi, 360, endpoint=False), HOLE_RADIUS + np.arange(0.25, BESIDE, 0.5)
    turn, radius = np.meshgrid(around, outward)
    x, y = HOLE[0] + (radius * np.cos(turn)).ravel(), HOLE[1] + (radius * np.sin(turn)).ravel()
    found = {}
    for mode, options in MODES.items():
        with surface(cloud, 1.0, **options) as made:
            off = made.at(x, y) - Terrain()(x, y)
            found[mode] = rms(off[np.isfinite(off)])
            found[f"{mode} without value"] = float(np.count_nonzero(~np.isfinite(off)))
    return found


SEAMS = Row(
    "seams",
    "Seams on noise-free data, both sides of every cell border at every eighth of a cell; and beside a hole of 60 m",
    "v.surf.rst shows its segments; plain fits of 60-100 points jump 0.3-3 mm rms at 3 cm noise",
    f"blended: value jump at most {VALUE_BOUND:g} m, gradient jump at most {GRADIENT_BOUND:g}, where plain fails; "
    "beside the hole no worse than plain",
    measure_seams,
)
