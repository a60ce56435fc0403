# SPDX-License-Identifier: GPL-2.0-or-later
"""The made town of the benchmark: its truth is known everywhere, and its points tell of it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from terrain import BLOCK, GROUND, ORIGIN, ROOF, TREE, WATER
from town import BANK, QUAY, QUAY_HEIGHT, WATER_LEVEL, Town, TownSurvey

PROGRAM = Path(__file__).resolve().parent.parent / "benchmarks" / "terrain.py"
SURVEY = TownSurvey(160_000, density=1.0, noise=0.0, seed=3)


@pytest.fixture(scope="module")
def cloud():
    parts = list(SURVEY.blocks(Town(3)))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def test_ground_and_water_lie_on_the_truth_and_all_else_above(cloud):
    above = cloud["z"] - Town(3)(cloud["x"], cloud["y"])
    kind = cloud["classification"]
    assert set(np.unique(kind).tolist()) == {GROUND, TREE, ROOF, WATER}
    assert np.abs(above[(kind == GROUND) | (kind == WATER)]).max() == 0.0
    assert above[kind == TREE].min() >= 3.0 and above[kind == ROOF].min() > 0.0
    assert 0.2 < np.mean(kind == ROOF) < 0.6


def test_no_ground_lies_on_a_canal_or_under_a_building(cloud):
    town, kind = Town(3), cloud["classification"]
    water = town.on_water(cloud["x"], cloud["y"])
    assert not (water & (kind == GROUND)).any() and (water[kind == WATER]).all()
    assert np.count_nonzero(water) < 0.02 * 0.04 * 160_000
    u, v = town.frame(cloud["x"], cloud["y"])
    ground = kind == GROUND
    for building in town.buildings(2, 0) + town.buildings(2, 1):
        assert not building.holds(u[ground], v[ground]).any()


def test_quays_are_level_and_above_the_water():
    u, d = np.linspace(0, 500, 400), np.array([0.0, BANK - 1, BANK + 1, QUAY])
    for canal in (0.0, 360.0, -720.0):
        z = Town(1).ground(*(a.ravel() for a in np.meshgrid(u, canal + d))).reshape(4, -1)
        assert np.allclose(z[:2], WATER_LEVEL) and np.allclose(z[2:], WATER_LEVEL + QUAY_HEIGHT)


def test_walls_are_steep_and_the_ground_has_no_break():
    """Rows of a decimetre along and across the streets."""
    town = Town(2)
    line = np.arange(0, 700, 0.05)
    for u, v in ((line, np.full_like(line, 45.0)), (np.full_like(line, 30.0), line - 350)):
        steps = np.abs(np.diff(town.ground(u, v)))
        assert 0.05 < steps.max() < 0.5  # of 0.05 m: a wall, not a jump


def test_pieces_and_seeds():
    first, again = (next(iter(SURVEY.blocks(Town(3)))) for _ in range(2))
    assert all(np.array_equal(first[name], again[name]) for name in first)
    more = next(iter(TownSurvey(10**9, 1.0, 0.0, 3).blocks(Town(3))))  # one piece is held, whatever the number
    assert len(more["x"]) <= BLOCK * BLOCK and np.array_equal(more["x"], first["x"])
    x, y = ORIGIN[0] + np.arange(300.0), ORIGIN[1] + np.arange(300.0)
    assert not np.allclose(Town(3)(x, y), Town(4)(x, y))


def test_the_program_makes_a_town_and_scores_it(tmp_path):
    path = tmp_path / "town.las"

    def run(*words):
        return subprocess.run([sys.executable, str(PROGRAM), *words], capture_output=True, text=True, check=False)

    made = run("cloud", str(path), "--town", "--points", "20000", "--density", "0.5", "--seed", "5")
    assert made.returncode == 0, made.stderr
    assert 15_000 < json.loads(made.stdout)["points"] <= 20_000
    refused = run("cloud", str(path), "--town", "--walls")
    assert refused.returncode and "leave the other forms out" in refused.stderr
