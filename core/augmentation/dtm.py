# SPDX-License-Identifier: GPL-2.0-or-later
"""Heights of the reference DTM: bilinear, all four pixels valid, of the first raster that has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..clouds.crs import Unit, vertical_unit
from ..errors import InputError

if TYPE_CHECKING:
    from ..clouds.collection import Collection
    from ..jobs.job import Job
    from ..rasters.sample import RasterSampler

Floats = NDArray[np.float64]
SENTINEL, DEEPEST, HIGHEST = -9999.0, -12_000.0, 60_000.0
"""No height: what files without a nodata tag fill their holes with, and beyond any terrain in metres or feet."""
UNITS = {
    1.0: ("m", "metre", "metres", "meter", "meters"),
    0.3048: ("ft", "foot", "feet", "international foot"),
    1200 / 3937: ("us-ft", "ftus", "us survey foot", "us survey feet", "u.s. survey foot"),
}  # fmt: skip
"""Metres of a unit, and the names bands give it."""
SHARE = 2
"""Half of the memory a raster's tiles may have is enough: units ask for neighboring windows one after the other."""


class Dtm:
    """Thread-safe."""

    def __init__(
        self, samplers: list[tuple[int, RasterSampler, float]], offsets: Mapping[int, float] | None = None
    ) -> None:
        """``samplers``: number, raster, what its heights are multiplied by; ``offsets``: what is then taken off."""
        self._samplers, self._offsets = samplers, offsets or {}

    def corrected(self, offsets: Mapping[int, float]) -> Dtm:
        """The same, with an offset taken off each raster."""
        return Dtm(self._samplers, offsets)

    def sample(self, x: Floats, y: Floats) -> tuple[Floats, NDArray[np.uint8]]:
        """Heights (vertical unit of the clouds, NaN: none) at CRS positions, and the number of the raster from 1."""
        heights, number = np.full(len(x), np.nan), np.zeros(len(x), np.uint8)
        left = np.arange(len(x))
        for place, sampler, factor in self._samplers:
            if not len(left):
                break
            found = sampler(0, x[left], y[left])
            good = ~np.isnan(found)
            heights[left[good]] = found[good] * factor - self._offsets.get(place, 0.0)
            number[left[good]] = place
            left = left[~good]
        return heights, number

    def pixel(self, x: float, y: float) -> float:
        """Side of a pixel there, CRS units of the clouds; of several rasters that of the first."""
        return float(self._samplers[0][1].pixel(0, x, y))


def is_no_height(values: Floats) -> NDArray[np.bool_]:
    """Pixels that can be no terrain, whether a nodata value is declared or not."""
    with np.errstate(invalid="ignore"):
        return np.asarray((values == SENTINEL) | ~((values > DEEPEST) & (values < HIGHEST)))


@contextmanager
def open_dtm(paths: Sequence[str], clouds: Collection, job: Job) -> Iterator[Dtm]:
    """The rasters that can be used, in the order given; the others are warnings.

    Raises InputError where none can.
    """
    from ..rasters.sample import open_rasters

    samplers, reasons = [], []
    with ExitStack() as closing:
        for i, path in enumerate(paths):
            name = f"DTM {Path(path).name}"
            try:
                sampler = closing.enter_context(
                    open_rasters([path], clouds, job, name="DTM {file}", invalid=is_no_height, share=SHARE * len(paths))
                )
            except InputError as error:
                reasons.append(str(error))
                continue
            if sampler is not None:
                factor = _factor(_declared_unit(sampler), clouds.crs_wkt, name, job)
                samplers.append((min(i + 1, 255), sampler, factor))
        if not samplers:
            raise InputError(reasons[0])
        for reason in reasons:
            job.warn(f"{reason} It is left out.")
        yield Dtm(samplers)


def _declared_unit(sampler: RasterSampler) -> Unit | None:
    """Unit of the heights of a raster: that of its vertical CRS, or of its band; None where neither has one."""
    if _is_compound(sampler.crs[0]):
        return vertical_unit(sampler.crs[0])
    name = sampler.units[0].strip().lower()
    return next((Unit(name, factor) for factor, names in UNITS.items() if name in names), None)


def _factor(theirs: Unit | None, clouds: str, name: str, job: Job) -> float:
    """What heights of a raster are multiplied by: 1 unless both sides declare their unit."""
    if theirs is None or not _is_compound(clouds):
        return 1.0
    ours = vertical_unit(clouds)
    factor = theirs.factor / ours.factor
    if abs(factor - 1) < 1e-6:
        return 1.0
    job.warn(f"{name} has heights in {theirs.name} and the clouds in {ours.name}: they are converted.")
    return factor


def _is_compound(wkt: str) -> bool:
    return wkt.lstrip().upper().startswith(("COMPD_CS[", "COMPOUNDCRS["))
