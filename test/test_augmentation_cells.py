# SPDX-License-Identifier: GPL-2.0-or-later
"""What is kept of the ground: means of cells, marks of what is near; the even rank; the footprint."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scree.core.augmentation import cellsums, classmap, ground_sample
from scree.core.augmentation.areas import BITS, GROUND, GROUND_BIT, NEAR_BITS, POINT_BIT
from scree.core.augmentation.cap import BINS, ranks
from scree.core.augmentation.cellsums import CellSums
from scree.core.augmentation.classmap import ClassMap
from scree.core.augmentation.footprint import Footprint
from scree.core.augmentation.ground_sample import GroundSample
from scree.core.augmentation.sites import AreaRule
from scree.core.augmentation.tile_points import by_tile
from scree.core.augmentation.unit import POINT
from scree.core.jobs.budget import Budget
from scree.core.jobs.folder import JobFolder
from scree.core.jobs.job import Job
from scree.core.tiles.lattice import Box, Lattice

PER_CELL = 10


@pytest.fixture
def job(tmp_path: Path) -> Any:
    with Job(JobFolder(tmp_path, f"{1:016x}"), budget=Budget(1 << 30, 0), threads=1) as job:
        yield job


def cloud(rng: np.random.Generator, points: int, cells: int) -> Any:
    x, y = rng.integers(-cells * PER_CELL, cells * PER_CELL, (2, points))
    return x, y, rng.integers(-(10**6), 10**6, points)


def test_means_of_cells_whatever_the_order_and_the_memory(job: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four tiles resident, and points over thirty-six of them in no order."""
    monkeypatch.setattr(cellsums, "MOST_BYTES", 0)
    rng = np.random.default_rng(1)
    x, y, v = cloud(rng, 60_000, 1500)
    x[:20_000] //= 30
    y[:20_000] //= 30
    found = []
    for order in (np.lexsort((x // 5120, y // 5120)), rng.permutation(len(x))):
        sums = CellSums(PER_CELL, job)
        for part in np.array_split(order, 37):
            sums.add([points for _, points in by_tile(x[part], y[part], v[part], PER_CELL)])
        rows = np.concatenate([np.stack(cells) for cells in sums.means()], axis=1)
        sums.remove()
        found.append(rows[:, np.lexsort(rows)])
    assert np.array_equal(*found)
    key = (y // PER_CELL) * 10_000 + x // PER_CELL
    cells, place, number = np.unique(key, return_inverse=True, return_counts=True)
    assert found[0].shape[1] == len(cells)
    for row, values in zip(found[0], (x, y, v), strict=True):
        mean = np.bincount(place, values, len(cells)) / number
        assert abs(np.sort(row) - np.sort(np.floor(mean + 0.5))).max() <= 1
    assert not list(job.folder.path.glob("sums-*"))


@pytest.mark.parametrize("points", [60, 600, 6000])
@pytest.mark.parametrize(("reach", "far"), [(3, 16), (15, 16), (27, 16), (3, -1), (15, -1), (27, -1), (103, 5)])
def test_what_is_near_ground_is_exact_over_the_borders_of_tiles(
    job: Any, monkeypatch: pytest.MonkeyPatch, points: int, reach: int, far: int
) -> None:
    """Each site against each point: nearer than, or just, a third of a cell to 10.3 cells; up to ten points a cell."""
    monkeypatch.setattr(classmap, "FAR", far)
    rng = np.random.default_rng(2)
    x, y = rng.integers(500 * PER_CELL, 524 * PER_CELL, (2, points))
    x[points // 2 :] = np.minimum(x[points // 2 :], 507 * PER_CELL)  # and a border of the dense ones
    # Exactly so far from a center beyond the border, both ways.
    x[0], y[0] = 512 * PER_CELL + 5 - reach, 512 * PER_CELL + 5
    x[1], y[1] = 511 * PER_CELL + 5 + reach, 522 * PER_CELL + 5
    classes = ClassMap(job.folder, PER_CELL, {GROUND: (2 * reach) ** 2})
    for order in np.array_split(np.arange(len(x)), 5):
        for _, points in by_tile(x[order], y[order], x[order], PER_CELL):
            classes.mark(points, np.full(len(points), GROUND_BIT | POINT_BIT, np.uint16))
            classes.mark_near(points, GROUND)
    classes.flush()
    box = Box(495, 495, 530, 530)
    near = (classes.window(box) & NEAR_BITS[GROUND]) != 0
    cells = np.arange(495, 530) * PER_CELL + PER_CELL // 2
    d2 = (cells[None, :, None] - x) ** 2 + (cells[:, None, None] - y) ** 2
    assert np.array_equal(near, (d2 <= reach**2).any(axis=2))
    assert near[512 - 495, 512 - 495] and near[522 - 495, 511 - 495]


@pytest.mark.parametrize("points", [6, 60, 6000])
@pytest.mark.parametrize("reach", [3, 10, 15, 27, 50, 123])
def test_what_is_near_an_area_is_exact_over_the_borders_of_tiles(job: Any, points: int, reach: int) -> None:
    """Each site against each point, as above, up to 12.3 cells: what is sure by its cell, and what is not."""
    rng = np.random.default_rng(reach)
    x, y = rng.integers(490 * PER_CELL, 534 * PER_CELL, (2, points))
    x[points // 2 :] = np.minimum(x[points // 2 :], 497 * PER_CELL)
    x[0], y[0] = 512 * PER_CELL + 5 - reach, 512 * PER_CELL + 5
    classes = ClassMap(job.folder, PER_CELL, {"vegetation": (2 * reach) ** 2})
    for order in np.array_split(np.arange(len(x)), 5):
        for _, points in by_tile(x[order], y[order], x[order], PER_CELL):
            classes.mark(points, np.full(len(points), BITS["vegetation"] | POINT_BIT, np.uint16))
            classes.mark_near(points, "vegetation")
    classes.flush()
    rule = AreaRule("intelligent", ("vegetation",), {}, classes, Lattice(Fraction(1), PER_CELL, Fraction(1, 10)))
    box = Box(480, 480, 545, 545)
    wanted = np.ones((65, 65), np.bool_)
    near = rule.areas(box, classes.window(box.grown(rule.halo)), wanted) == 1
    cells = np.arange(480, 545) * PER_CELL + PER_CELL // 2
    d2 = (cells[None, :, None] - x) ** 2 + (cells[:, None, None] - y) ** 2
    assert np.array_equal(near, (d2 <= reach**2).any(axis=2))
    assert near[512 - 480, 512 - 480]


def test_a_few_points_near_very_many_cells_take_moments(job: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """1,000 cells around each of 400 points: 1.3 billion pairs, which are not looked at one by one."""
    looked: list[int] = []
    monkeypatch.setattr(classmap, "mark_near", lambda *given: looked.append(given))
    rng = np.random.default_rng(7)
    x, y = rng.integers(0, 40 * PER_CELL, (2, 400))
    classes = ClassMap(job.folder, PER_CELL, {GROUND: (2 * 1000 * PER_CELL) ** 2})
    for _, points in by_tile(x, y, x, PER_CELL):
        classes.mark_near(points, GROUND)
    assert len(classes.tiles) == 25 and not looked
    near = (classes.window(Box(-1024, 0, 0, 1)) & NEAR_BITS[GROUND]) != 0
    assert 960 < int(near.sum()) <= 1000


def test_the_sample_of_the_ground_is_the_same_in_any_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of the points lie in one place: what ties for the last place is cut, and what is kept does not change."""
    monkeypatch.setattr(ground_sample, "SAMPLE", 64)
    monkeypatch.setattr(ground_sample, "HELD", 100)
    rng = np.random.default_rng(4)
    x, y, v = cloud(rng, 4000, 1500)
    x[:2000], y[:2000], v[:2000] = x[0], y[0], v[0]
    found = []
    for order in (np.arange(4000), rng.permutation(4000)):
        sample = GroundSample()
        for part in np.array_split(order, 7):
            for _, points in by_tile(x[part], y[part], v[part], PER_CELL):
                sample.add(points)
        found.append(sample.points())
    assert len(found[0]) == 64 and np.array_equal(*found)
    few = GroundSample()
    for _, points in by_tile(x[2000:2050], y[2000:2050], v[2000:2050], PER_CELL):
        few.add(points)
    assert {tuple(row) for row in few.points()} == set(zip(x[2000:2050], y[2000:2050], v[2000:2050], strict=True))


def test_ranks_are_even_at_every_number() -> None:
    sites = np.zeros(64 * 64, POINT)
    sites["ix"], sites["iy"] = (a.ravel() - 1000 for a in np.meshgrid(np.arange(64), np.arange(64)))
    rank = ranks(sites).reshape(64, 64)
    assert rank.min() >= 0 and rank.max() < BINS
    for share in (4, 16, 64):
        kept = rank < BINS // share
        blocks = kept.reshape(8, 8, 8, 8).sum(axis=(1, 3))
        assert (blocks == 64 // share).all()


def footprint_of(job: Any, x: Any, y: Any) -> tuple[Footprint, Box]:
    """The footprint of points, and the cells they span."""
    classes = ClassMap(job.folder, PER_CELL, {GROUND: 900})
    for _, points in by_tile(x, y, x, PER_CELL):
        classes.mark(points, np.full(len(points), POINT_BIT, np.uint16))
    box = Box(*(int(a.min()) // PER_CELL for a in (x, y)), *(int(a.max()) // PER_CELL + 1 for a in (x, y)))
    return Footprint.of(classes, box, box), box


def cells_of(footprint: Footprint, box: Box) -> Any:
    """Of all cells of a box, asked for in windows that do not matter."""
    whole = footprint.window(box)
    middle = (box.x0 + box.x1) // 2 + 3
    halves = [footprint.window(box._replace(x1=middle)), footprint.window(box._replace(x0=middle))]
    assert np.array_equal(np.concatenate(halves, axis=1), whole)
    return whole


def test_the_footprint_holds_what_the_cloud_surrounds_and_nothing_beyond(job: Any) -> None:
    """A square of 1000 cells without a corner of 400, a bay of 200 and a ditch of 60; in it a lake of 300."""
    rng = np.random.default_rng(3)
    x, y = rng.integers(0, 1000 * PER_CELL, (2, 400_000))
    cx, cy = x // PER_CELL, y // PER_CELL
    corner, lake = (cx > 600) & (cy > 600), (cx > 100) & (cx < 400) & (cy > 100) & (cy < 400)
    bay, ditch = (cx > 700) & (cy > 200) & (cy < 400), (cx > 480) & (cx < 540)
    keep = ~(corner | lake | bay | ditch)
    inside = cells_of(*footprint_of(job, x[keep], y[keep]))
    assert inside[101:400, 101:400].all() and inside[990, 300] and inside[5, 5]
    assert inside[32:960, 481:540].all(), "a river is as wide"
    assert not inside[603:, 603:].any() and not inside[203:398, 703:].any()


def test_a_pond_behind_a_strip_of_points_is_no_bay(job: Any) -> None:
    rng = np.random.default_rng(6)
    x, y = rng.integers(0, 300 * PER_CELL, (2, 120_000))
    cx, cy = x // PER_CELL, y // PER_CELL
    pond = (cx > 6) & (cx < 60) & (cy > 100) & (cy < 160)
    inside = cells_of(*footprint_of(job, x[~pond], y[~pond]))
    assert inside[101:160, 7:60].all()


def test_nothing_lies_beside_a_slanted_edge(job: Any) -> None:
    from scipy import ndimage

    rng = np.random.default_rng(7)
    along, across = rng.uniform(0, 500, 150_000), rng.uniform(0, 120, 150_000)
    x, y = ((c * along + s * across) * PER_CELL for c, s in ((0.8, -0.6), (0.6, 0.8)))
    x, y = x.astype(np.int64), y.astype(np.int64)
    footprint, box = footprint_of(job, x, y)
    inside = cells_of(footprint, box)
    held = np.zeros(inside.shape, np.bool_)
    held[y // PER_CELL - box.y0, x // PER_CELL - box.x0] = True
    assert inside[held].all() and (ndimage.distance_transform_edt(~held)[inside] < 3).all()
