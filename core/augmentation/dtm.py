# SPDX-License-Identifier: GPL-2.0-or-later
"""Heights of the reference DTM: bilinear, all four pixels valid, of the first raster that has them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..clouds.crs import vertical_unit
from ..errors import InputError

if TYPE_CHECKING:
    from ..clouds.collection import Collection
    from ..jobs.job import Job
    from ..rasters.sample import RasterSampler

Floats = NDArray[np.float64]
SENTINEL, DEEPEST, HIGHEST = -9999.0, -12_000.0, 60_000.0
"""No height: what files without a nodata tag fill their holes with, and beyond any terrain in metres or feet."""
SHARE = 2
"""Half of the memory a raster's tiles may have is enough: units ask for neighboring windows one after the other."""


class Dtm:
    """Thread-safe."""

    def __init__(self, samplers: list[tuple[int, RasterSampler, float]]) -> None:
        self._samplers = samplers

    def sample(self, x: Floats, y: Floats) -> tuple[Floats, NDArray[np.uint8]]:
        """Heights (vertical unit of the clouds, NaN: none) at CRS positions, and the number of the raster from 1."""
        heights, number = np.full(len(x), np.nan), np.zeros(len(x), np.uint8)
        left = np.arange(len(x))
        for place, sampler, factor in self._samplers:
            if not len(left):
                break
            found = sampler(0, x[left], y[left])
            good = ~np.isnan(found)
            heights[left[good]], number[left[good]] = found[good] * factor, place
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
            assert sampler is not None
            samplers.append((min(i + 1, 255), sampler, _factor(sampler.crs[0], clouds.crs_wkt, name, job)))
        if not samplers:
            raise InputError(reasons[0])
        for reason in reasons:
            job.warn(f"{reason} It is left out.")
        yield Dtm(samplers)


def _factor(raster: str, clouds: str, name: str, job: Job) -> float:
    """What heights of a raster are multiplied by; only a vertical CRS on both sides says so for sure."""
    if not (_is_compound(raster) and _is_compound(clouds)):
        return 1.0
    theirs, ours = vertical_unit(raster), vertical_unit(clouds)
    factor = theirs.factor / ours.factor
    if abs(factor - 1) < 1e-6:
        return 1.0
    job.warn(f"{name} has heights in {theirs.name} and the clouds in {ours.name}: they are converted.")
    return factor


def _is_compound(wkt: str) -> bool:
    return wkt.lstrip().upper().startswith(("COMPD_CS[", "COMPOUNDCRS["))
