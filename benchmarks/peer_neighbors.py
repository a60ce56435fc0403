# SPDX-License-Identifier: GPL-2.0-or-later
"""Normals of the ten nearest, or statistics of the points within a radius, by a Python library; LAS in, LAS out.

peer_neighbors.py open3d|scipy|jakteristics normals|plain|sphere IN.las OUT.las [RADIUS]

What each is asked for is the least that compares: "normals" are normals and covariance features (open3d has
covariances only, so NumPy makes the features of them), "plain" is what open3d makes by itself, normals and no more.
In a sphere open3d adds a covariance, scipy number, mean, deviation, least and most of z.
"""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor

import laspy
import numpy as np

NEAREST = 10
PART = 200_000
"""Points worked at once in NumPy: neighbors of all would not fit."""
WIDE = 3.0
"""Radius within which jakteristics takes the ten nearest; it has no search without one."""


def main(library: str, work: str, source: str, target: str, radius: str = "1") -> None:
    las = laspy.read(source)
    points = np.column_stack((las.x, las.y, las.z))
    points -= points.min(axis=0)
    columns = {"open3d": by_open3d, "scipy": by_scipy, "jakteristics": by_jakteristics}[library](
        points, work, float(radius)
    )
    las.add_extra_dims([laspy.ExtraBytesParams(name, np.float32) for name in columns])
    for name, values in columns.items():
        las[name] = values.astype(np.float32)
    las.write(target)


def by_open3d(points: np.ndarray, work: str, radius: float) -> dict[str, np.ndarray]:
    import open3d

    cloud = open3d.geometry.PointCloud(open3d.utility.Vector3dVector(points))
    if work == "plain":
        cloud.estimate_normals(open3d.geometry.KDTreeSearchParamKNN(NEAREST))
        return dict(zip(("nx", "ny", "nz"), np.asarray(cloud.normals).T))
    if work == "normals":
        cloud.estimate_covariances(open3d.geometry.KDTreeSearchParamKNN(NEAREST))
        covariances = np.asarray(cloud.covariances)
        parts = [covariances[first : first + PART] for first in range(0, len(points), PART)]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return joined(list(pool.map(shapes, parts)))
    cloud.estimate_covariances(open3d.geometry.KDTreeSearchParamRadius(radius))
    return {"variance": np.asarray(cloud.covariances)[:, 2, 2]}


def by_scipy(points: np.ndarray, work: str, radius: float) -> dict[str, np.ndarray]:
    from scipy.spatial import cKDTree

    tree, parts = cKDTree(points), []
    for first in range(0, len(points), PART):
        some = points[first : first + PART]
        if work == "normals":
            near = points[tree.query(some, k=NEAREST, workers=-1)[1]]
            off = near - near.mean(axis=1, keepdims=True)
            parts.append(shapes(np.einsum("nki,nkj->nij", off, off) / NEAREST))
        else:
            parts.append(statistics(points[:, 2], tree.query_ball_point(some, radius, workers=-1)))
    return joined(parts)


def joined(parts: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def shapes(covariances: np.ndarray) -> dict[str, np.ndarray]:
    """Normals and covariance features of covariances [n, 3, 3]."""
    values, vectors = np.linalg.eigh(covariances)
    three, two, one = np.maximum(values, 0).T
    total = one + two + three
    parts = np.maximum(np.stack((one, two, three)) / total, 1e-12)
    found = {"linearity": (one - two) / one, "planarity": (two - three) / one, "sphericity": three / one}
    found |= {"anisotropy": (one - three) / one, "variation": three / total, "verticality": 1 - abs(vectors[:, 2, 0])}
    found |= {"omnivariance": np.cbrt(parts[0] * parts[1] * parts[2]), "entropy": -(parts * np.log(parts)).sum(axis=0)}
    return found | dict(zip(("nx", "ny", "nz"), vectors[:, :, 0].T))


def statistics(z: np.ndarray, lists: np.ndarray) -> dict[str, np.ndarray]:
    count = np.fromiter(map(len, lists), np.int64, len(lists))
    first = np.cumsum(count) - count
    near = z[np.concatenate([np.asarray(one) for one in lists])]
    mean = np.add.reduceat(near, first) / count
    square = np.add.reduceat((near - np.repeat(mean, count)) ** 2, first)
    return {
        "number": count,
        "mean": mean - z[: len(mean)],
        "std": np.sqrt(square / np.maximum(count - 1, 1)),
        "least": np.minimum.reduceat(near, first),
        "most": np.maximum.reduceat(near, first),
    }


def by_jakteristics(points: np.ndarray, work: str, radius: float) -> dict[str, np.ndarray]:
    import jakteristics

    names = ["linearity", "planarity", "sphericity", "anisotropy", "surface_variation", "verticality"]
    names += ["omnivariance", "eigenentropy", "nx", "ny", "nz"] if work == "normals" else ["number_of_neighbors"]
    most = {"max_k_neighbors": NEAREST} if work == "normals" else {}
    reach = WIDE if work == "normals" else radius
    found = jakteristics.compute_features(points, reach, feature_names=names, num_threads=-1, **most)
    return dict(zip(names, found.T))


if __name__ == "__main__":
    main(*sys.argv[1:])
