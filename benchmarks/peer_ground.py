# SPDX-License-Identifier: GPL-2.0-or-later
"""Filling holes as the first system does since its queries are chunked, by scipy.spatial.cKDTree.

Its steps by strategy, with its constants: ``intelligent`` asks which sites lie within 5 m of vegetation and
farther than 1.5 m from ground, then which others are that far from ground; ``full`` takes every site.  What is
left is validated: at least 3 of the 8 nearest ground points within 10 m, their mean height within 5 m.
``kind`` does each step the cheapest way: a tree for all of them, and the nearest plant instead of lists of all
plants within 5 m, which it collects for all sites at once.
"""

from __future__ import annotations

import time
from pathlib import Path

import laspy
import numpy as np
from grids import Raster
from scipy.spatial import cKDTree

CHUNK, VALIDATED_AT_ONCE = 100_000, 50_000
MIN_SPACING, CANOPY, RADIUS, MAX_DIFFERENCE = 1.5, 5.0, 10.0, 5.0
LEAST, NEAREST = 3, 8
Points = np.ndarray


def fill(cloud: Path, dtm: Raster, strategy: str, kind: bool) -> dict[str, float]:
    """Processor seconds from the coordinates in memory to the sites that are kept, and the number of those."""
    las = laspy.read(cloud)
    classes, xyz = np.asarray(las.classification), las.xyz
    low, high = xyz[:, :2].min(axis=0), xyz[:, :2].max(axis=0)
    del las
    cpu = time.process_time()
    ground, plants = xyz[classes == 2], xyz[np.isin(classes, (3, 4, 5)), :2]
    x, y = (a.ravel() for a in np.meshgrid(*(np.arange(low[i] + 0.5, high[i]) for i in (0, 1))))
    grid = dtm.grid
    z = dtm.values[((grid.north - y) / grid.cell).astype(int), ((x - grid.west) / grid.cell).astype(int)]
    sites = np.column_stack([x, y, z])
    tree = cKDTree(ground[:, :2])
    if strategy == "intelligent":
        sites = _in_holes(sites, ground, plants, tree, kind)
    kept = _validated(sites, ground, tree if kind else cKDTree(ground[:, :2]))
    return {"cpu": time.process_time() - cpu, "kept": float(np.count_nonzero(kept))}


def _in_holes(sites: Points, ground: Points, plants: Points, tree: cKDTree, kind: bool) -> Points:
    """The sites far from ground: first those under plants, then the others."""
    if kind:
        sites = sites[_nearest(tree, sites) > MIN_SPACING]
        under = _nearest(cKDTree(plants), sites, CANOPY) <= CANOPY
        return np.concatenate([sites[under], sites[~under]])
    under = np.array([len(some) > 0 for some in cKDTree(plants).query_ball_point(sites[:, :2], CANOPY)])
    under &= cKDTree(ground[:, :2]).query(sites[:, :2])[0] > MIN_SPACING
    rest = sites[~under]
    return np.concatenate([sites[under], rest[_nearest(tree, rest) > MIN_SPACING]])


def _nearest(tree: cKDTree, sites: Points, limit: float = np.inf) -> np.ndarray:
    """Distance to the nearest point of the tree; infinite beyond ``limit``."""
    parts = [sites[at : at + CHUNK, :2] for at in range(0, len(sites), CHUNK)]
    return np.concatenate([tree.query(part, distance_upper_bound=limit)[0] for part in parts])


def _validated(sites: Points, ground: Points, tree: cKDTree) -> np.ndarray:
    kept = np.zeros(len(sites), bool)
    for at in range(0, len(sites), VALIDATED_AT_ONCE):
        some = sites[at : at + VALIDATED_AT_ONCE]
        distance, index = tree.query(some[:, :2], k=NEAREST, distance_upper_bound=RADIUS)
        near = np.isfinite(distance)
        number = near.sum(axis=1)
        mean = np.where(near, ground[np.where(near, index, 0), 2], 0.0).sum(axis=1) / np.maximum(number, 1)
        kept[at : at + len(some)] = (number >= LEAST) & (np.abs(some[:, 2] - mean) < MAX_DIFFERENCE)
    return kept
