# SPDX-License-Identifier: GPL-2.0-or-later
"""The spline as an Interpolator: options in, sealed numbers, values out."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np

from ...jobs.job import Job
from ...tiles.store import Store
from ..contract import Evaluation, Queries, Sealed
from ..local.nearest import Nearest
from .basis import make_table
from .blend import NEAR, Blended, find_blended, most_points
from .choice import POWER_EDGE, SPLINE_EDGE, Compared, bounds_of, gap_errors, least
from .fits import Spline, Targets
from .leaves import COARSEST, FINEST, Rule
from .plain import border_queries, border_steps, find_plain
from .segments import Segments, add_first, answers, evaluate, make_targets
from .smoothing import SMOOTHINGS, TENSIONS, Ladder, choose, sample_leaves
from .solve import EXACT, POWER, TABLED
from .supports import Array
from .surrounded import GapFunction, Surrounded, find_surrounded, gap_bytes

NPMIN = 300
"""v.surf.rst normalises distances so that a unit square holds so many points."""
FIXED_BYTES = 8 << 20
"""Tables, a batch of supports and its fits."""
GAP_FUNCTIONS = {"auto": ("spline", "loose", "tight"), "surrounded": ("loose", "tight")}
"""Second fits to choose from, by segmentation."""
GAP_SMOOTHING = 1.0
"""Smoothing of the second fits with the power function, in its units; 3 times as much is smoother but less accurate."""
EXACT_BELOW = 1e-4
"""Smoothing below which the table of the radial function is not precise enough."""


@dataclass(frozen=True, kw_only=True)
class SplineOptions:
    """What the user may choose."""

    segmentation: Literal["auto", "blended", "surrounded", "plain"] = "auto"
    segment_points: int = 64
    """Blended: a leaf and each of its neighbors of the same size hold at most so many points.  Plain: k_max."""
    tension: float | Literal["auto"] = "auto"
    smoothing: float | Literal["auto"] = "auto"
    anisotropy_angle: float = 0.0
    """Degrees counterclockwise from east."""
    anisotropy_scale: float = 1.0
    """Factor on the square of distances along that direction."""
    neighbor_points: int = 600
    """Plain: points a segment may see."""
    metres: float = 1.0
    """Metres in a CRS unit."""


class RegularizedSpline:
    """Regularized spline with tension (Mitasova & Mitas 1993).

    Derivatives of the blended mode are blended local ones: they leave out how the weights change where
    the fits of neighboring leaves differ.  In the gaps of the surrounded mode they are exact, at their rim a
    slope is off by up to an eighth of itself.
    """

    name = "rst"

    def __init__(self, options: SplineOptions) -> None:
        self.options = options
        self._sealed: Sealed = {}
        self._table = make_table()

    @property
    def _rule(self) -> Rule:
        return Rule(self.options.segment_points, FINEST, COARSEST)

    def prepare(self, store: Store, job: Job) -> Sealed:
        """Seal the normalising distance (CRS units), the tension and the smoothing.

        In the plain mode an automatic number is chosen on blended leaves, whose supports are of the
        same kind.  ``gap_function`` (choice.py) tells what second fits are made with.
        """
        dnorm = self._normalising_distance(store)
        options = self.options
        given, segmentation = (options.tension, options.smoothing), options.segmentation
        tensions = TENSIONS if given[0] == "auto" else (float(given[0]),)
        smoothings = SMOOTHINGS if given[1] == "auto" else (float(given[1]),)
        tension, smoothing = tensions[0], smoothings[0]
        if len(tensions) * len(smoothings) > 1:
            ladder = Ladder(tensions, smoothings, partial(self._spline, store, dnorm))
            sample = sample_leaves(store, self._rule, job)
            tension, smoothing = choose(*sample, ladder, store.lattice.per_cell, job)
        self.restore(store, {"dnorm": dnorm, "tension": tension, "smoothing": smoothing})
        if segmentation in GAP_FUNCTIONS:
            self.restore(store, self._sealed | self._choose_gap(store, GAP_FUNCTIONS[segmentation], job))
        return self._sealed

    def _choose_gap(self, store: Store, names: tuple[str, ...], job: Job) -> Sealed:
        """The second fits of least error, and the errors."""
        compared = Compared(partial(self._try_gaps, names), self.unit_bytes)
        errors = gap_errors(store, compared, names, job)
        return {"gap_function": least(errors)} | {f"gap_error_{name}": error for name, error in errors.items()}

    def _try_gaps(self, names: tuple[str, ...], store: Store, queries: Queries, job: Job) -> Array:
        """Values [n, names] with each of some second fits."""
        spline = self._sealed_spline(store)
        gaps = {name: self._gap(store, spline, name) for name in names}
        values: dict[str, Array] = {}
        for radial in {gap.spline.radial for gap in gaps.values()}:
            alike = {name: gap for name, gap in gaps.items() if gap.spline.radial == radial}
            gap, near = next(iter(alike.values())), make_targets(queries, False)
            found = find_surrounded(store, queries.box, self._rule, spline, gap, near, job)
            add_first(found, spline, store.lattice, job, near)
            sums = {
                name: near._replace(wide_top=np.zeros(len(queries)), wide_bottom=np.zeros(len(queries)))
                for name in alike
            }
            found.add_second(gap.spline, [(alike[name].bounds, sums[name]) for name in alike], job)
            values |= {name: answers(sums[name], spline, store.lattice)[0] for name in alike}
        return np.stack([values[name] for name in names], axis=1)

    def restore(self, store: Store, sealed: Sealed) -> None:
        """Take numbers sealed before."""
        self._sealed = sealed

    def unit_bytes(self, points: int, cells: int) -> int:
        """Peak bytes of one ``evaluate``: points in and around the unit, sums, the largest matrix."""
        if self.options.segmentation == "plain":
            return 180 * points + 56 * cells + 8 * self.options.neighbor_points**2 + FIXED_BYTES
        side = math.sqrt(max(1, cells))
        around = points * ((side + 2 * NEAR) / side) ** 2
        needed = int(80 * around) + 56 * cells + 8 * most_points(self._rule) ** 2 + FIXED_BYTES
        return needed + (gap_bytes(points, cells, side) if self.options.segmentation != "blended" else 0)

    def evaluate(self, store: Store, queries: Queries, job: Job, derivatives: bool) -> Evaluation:
        """Values at the queries; where no segment could be fitted that of the nearest point, counted."""
        spline, targets = self._sealed_spline(store), make_targets(queries, derivatives)
        work = self._plain if self.options.segmentation == "plain" else self._blended
        found = work(store, queries, targets, spline, job)
        found.value, found.derivatives = answers(targets, spline, store.lattice)
        _fill(found, store, queries, job)
        return found

    def _blended(self, store: Store, queries: Queries, targets: Targets, spline: Spline, job: Job) -> Evaluation:
        segments: Blended | Surrounded
        if self.options.segmentation in GAP_FUNCTIONS:
            gap = self._gap(store, spline, str(self._sealed["gap_function"]))
            segments = find_surrounded(store, queries.box, self._rule, spline, gap, targets, job)
        else:
            segments = find_blended(store, queries.box, self._rule, targets)
        counts = evaluate(segments, spline, store.lattice, job, targets)
        counts["blocks_merged"] = segments.merged
        return _measured(segments, targets, counts)

    def _plain(self, store: Store, queries: Queries, targets: Targets, spline: Spline, job: Job) -> Evaluation:
        options = self.options
        segments = find_plain(store, targets, queries, options.segment_points, options.neighbor_points)
        sides = border_queries(segments.tree, queries.box, queries.per_cell)
        edges = [make_targets(side, False) for side, _ in sides]
        counts = evaluate(segments, spline, store.lattice, job, targets, *edges)
        counts["segments_capped"] = segments.capped
        counts["segments_without_fit"] = int(np.count_nonzero(segments.sizes == 0))
        found = _measured(segments, targets, counts)
        steps = border_steps(sides, [answers(edge, spline, store.lattice)[0] for edge in edges])
        found.sums = {"border_squares": float(np.sum(steps * steps)), "border_samples": float(len(steps))}
        if len(steps):
            found.maxima["border_step"] = float(steps.max())
        return found

    def _normalising_distance(self, store: Store) -> float:
        """dnorm: side, in CRS units, of a square that holds NPMIN points.

        Plain: of the box around the data, as v.surf.rst has it; blended: of the occupied cells.
        """
        cell = store.lattice.per_cell * store.lattice.step
        cells = store.box.cells if self.options.segmentation == "plain" else store.occupied_cells
        return math.sqrt(max(1, cells) * cell * cell * NPMIN / max(1, store.count))

    def _spline(self, store: Store, dnorm: float, tension: float, smoothing: float) -> Spline:
        """From cells to the spline's coordinates: rotate, stretch, divide by dnorm."""
        f = tension * store.lattice.per_cell * store.lattice.step / (2.0 * dnorm)
        angle = math.radians(self.options.anisotropy_angle)
        c, s = math.cos(angle), math.sin(angle)
        along = f * math.sqrt(self.options.anisotropy_scale)
        radial = EXACT if smoothing < EXACT_BELOW else TABLED
        return Spline(along * c, along * s, -f * s, f * c, smoothing, radial, self._table)

    def _sealed_spline(self, store: Store) -> Spline:
        return self._spline(store, *(float(self._sealed[name]) for name in ("dnorm", "tension", "smoothing")))

    def _gap(self, store: Store, spline: Spline, name: str) -> GapFunction:
        """What second fits are made with; the power function is in units of the mean point spacing."""
        bounds = bounds_of(name, store.lattice.per_cell * store.lattice.step * self.options.metres)
        if name == "spline":
            return GapFunction(spline, bounds, SPLINE_EDGE)
        scale = 2.0 * math.sqrt(NPMIN) / float(self._sealed["tension"])
        xx, xy, yx, yy = (scale * axis for axis in spline[:4])
        return GapFunction(Spline(xx, xy, yx, yy, GAP_SMOOTHING, POWER, spline.table), bounds, POWER_EDGE)


def _measured(segments: Segments, targets: Targets, counts: dict[str, int]) -> Evaluation:
    """An evaluation still without values: how many leaves, how high a tree."""
    owned = segments.owned(0, len(segments.leaves), targets)
    counts = dict(Counter(counts) + Counter(leaves=int(np.count_nonzero(owned))))
    found = Evaluation(np.empty(0), None, counts)
    if len(segments.leaves):
        found.maxima["tree_height"] = float(COARSEST - segments.leaves.level.min())
    return found


def _fill(found: Evaluation, store: Store, queries: Queries, job: Job) -> None:
    """Give queries without a value that of the nearest point, level."""
    empty = np.isnan(found.value)
    if not empty.any():
        return
    start = np.r_[0, np.cumsum(empty)][queries.start]
    some = Queries(queries.box, queries.per_cell, queries.x[empty], queries.y[empty], start)
    found.value[empty] = Nearest().evaluate(store, some, job, False).value
    if found.derivatives is not None:
        found.derivatives[empty] = 0.0
    found.counts["nearest_value"] = int(np.count_nonzero(empty))
