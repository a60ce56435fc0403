# SPDX-License-Identifier: GPL-2.0-or-later
"""Interpolators on the Delaunay triangulation of all points: linear facets, and natural neighbors.

Both need no more than the triangles, or the stars, that hold queries.  Those are found one by one
and certified against every point of the store, so any two units agree to the last bit and there are
no seams, whatever the gaps between the points.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from fractions import Fraction
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...tiles.blocks import BLOCK_LEVEL
from ...tiles.lattice import Lattice, as_decimal
from ..contract import Evaluation, Queries, Sealed

if TYPE_CHECKING:
    from ...jobs.job import Job
    from ...tiles.store import Store
    from .places import Found, Places
    from .window import Scene

LARGEST = 1 << 40
"""Extent of the data in lattice steps up to which the predicates are exact."""
READ_BYTES = 70
"""Peak for each point read (measured): records, then arrays.  The store reads whole blocks of cells."""
BYTES_PER_POINT = 40
BYTES_PER_CELL = 44
OUTSIDE_BYTES = 8 << 20
"""Points of blocks from outside: what a ragged border of the data takes."""

MESH_BYTES = 6 << 20
"""Triangles shared by the stars in gaps (``mesh.MOST``)."""


class Delaunay(ABC):
    """What the two interpolators share: hull, window and the search for triangles.

    ``max_edge``: triangles with a longer edge (CRS units) have no value; 0 keeps all.
    """

    name: str

    def __init__(self, max_edge: float = 0.0) -> None:
        self.max_edge = as_decimal(max_edge, "LONGEST_EDGE") if max_edge else Fraction(0)
        self._scene: tuple[Store, Scene] | None = None

    def prepare(self, store: Store, job: Job) -> Sealed:
        """The hull of all points.  Raises InputError if they are too far apart for exact arithmetic."""
        from .hull import convex_hull

        extent = max(store.box.x1 - store.box.x0, store.box.y1 - store.box.y0) * store.lattice.per_cell
        if extent > LARGEST:
            raise InputError(
                f"The points extend over {extent:,} steps of {store.lattice.step:g}; METHOD '{self.name}' is exact "
                f"up to {LARGEST:,}: filter out the points that are far from the others."
            )
        hull = convex_hull(store, job)
        return {"hull": json.dumps([hull.x.tolist(), hull.y.tolist(), hull.v.tolist()])}

    def restore(self, store: Store, sealed: Sealed) -> None:
        """Take the hull."""
        from .hull import Hull
        from .window import make_scene

        x, y, v = json.loads(str(sealed["hull"]))
        hull = Hull(np.array(x, np.int64), np.array(y, np.int64), np.array(v, np.float64))
        self._scene = (store, make_scene(store, hull))

    def unit_bytes(self, points: int, cells: int) -> int:
        """Peak bytes of one ``evaluate``, for as many points a cell in the blocks around as in the unit."""
        side, block = sqrt(max(1, cells)), 1 << BLOCK_LEVEL
        read = points * (side + 2 * block if side >= block else 2 * block) ** 2 / max(1, cells)
        return int(read * READ_BYTES) + points * BYTES_PER_POINT + cells * BYTES_PER_CELL + OUTSIDE_BYTES

    def evaluate(self, store: Store, queries: Queries, job: Job, derivatives: bool) -> Evaluation:
        """Values at the queries, their places rounded to half lattice steps (centers of cells are exact)."""
        from .places import Places
        from .window import Window, halo_of

        if not len(queries) or not store.count:
            nothing = np.full((len(queries), 5), np.nan)
            return Evaluation(nothing[:, 0].copy(), nothing if derivatives else None)
        window = Window(store, self._scene_of(store, job), queries.box, halo_of(store, queries.box))
        places = Places(window, np.rint(2.0 * queries.x), np.rint(2.0 * queries.y), job)
        if window.hull < 3:
            value, slopes, counts = places.nearest(store.count)
        else:
            value, slopes, counts = self._surface(places, store.lattice, derivatives)
        counts["coincident"] = window.coincident
        if derivatives and slopes is None:
            slopes = np.full((len(queries), 5), np.nan)
        return Evaluation(value, slopes, {name: number for name, number in counts.items() if number})

    @abstractmethod
    def _surface(self, places: Places, lattice: Lattice, derivatives: bool) -> Found:
        """Values, derivatives (None: it has none) and counts."""

    def _scene_of(self, store: Store, job: Job) -> Scene:
        """The sealed scene; that of a store with points left out (cross-validation) is made when first seen."""
        from .hull import convex_hull
        from .window import make_scene

        if self._scene is None or self._scene[0] is not store:
            self._scene = (store, make_scene(store, convex_hull(store, job)))
        return self._scene[1]

    def _triangles(self, places: Places, lattice: Lattice) -> tuple[NDArray[np.int32], dict[str, int]]:
        corners = places.triangles()
        counts = {"outside_hull": int(np.count_nonzero(corners[:, 0] < 0))}
        if self.max_edge:
            from .facet import drop_long

            steps = self.max_edge * lattice.per_cell / lattice.cell
            tree = places.window.tree
            counts["longest_edge"] = drop_long(tree.x, tree.y, corners, float(int(4 * steps * steps)))
        return corners, counts


class TinInterpolator(Delaunay):
    """Linear on every triangle."""

    name = "tin"

    def _surface(self, places: Places, lattice: Lattice, derivatives: bool) -> Found:
        from .facet import linear_surface

        corners, counts = self._triangles(places, lattice)
        tree = places.window.tree
        value, slopes = np.empty(len(corners)), np.zeros((len(corners) if derivatives else 0, 5))
        linear_surface(tree.x, tree.y, places.window.v, corners, places.x, places.y, value, slopes)
        if not derivatives:
            return value, None, counts
        slopes[:, :2] *= 2.0 / lattice.step
        slopes[:, 2:] = np.where(np.isnan(value), np.nan, 0.0)[:, None]
        return value, slopes, counts


class NaturalNeighborInterpolator(Delaunay):
    """Sibson's weights: smooth but at the points themselves, and linear on the border of the hull."""

    name = "naturalneighbor"

    def unit_bytes(self, points: int, cells: int) -> int:
        """As for triangles, and the mesh."""
        return super().unit_bytes(points, cells) + MESH_BYTES

    def _surface(self, places: Places, lattice: Lattice, derivatives: bool) -> Found:
        corners, counts = self._triangles(places, lattice)
        return places.natural(corners), None, counts
