# SPDX-License-Identifier: GPL-2.0-or-later
"""The two ways an observation changes a voxel, as numbers of one formula.

Intensity weighted log-odds (IWLO): a hit adds ``l_occ`` times a weight of its intensity, a rate that
falls with the number of observations, and a protection that slows the change of a well-known voxel.
OctoMap's own model (Hornung et al. 2013) is the same with weight and rate 1 and no protection.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, OptionError
from .choices import MODELS

MISS = -1.0
"""Weight that marks an observation of free space."""


def log_odds(probability: float) -> float:
    """ln(p / (1 - p)); infinite at 0 and 1."""
    if probability <= 0.0:
        return -math.inf
    return math.inf if probability >= 1.0 else math.log(probability / (1.0 - probability))


@dataclass(frozen=True, kw_only=True)
class Model:
    """Parameters of the update; log-odds without unit."""

    name: str = "iwlo"
    l_occ: float = 3.5
    l_free: float = -3.0
    l_min: float = -10.0
    l_max: float = 10.0
    i_th: float | None = 35.0
    """Intensity at or below which a return has no weight; None: from the first run's percentiles."""
    i_max: float | None = 255.0
    """Intensity from which the weight grows no more."""
    gamma: float = 0.1
    """Sharpness of the curve of weights: at 0.1 it runs from 0.4876 to 0.5125 only, at 3 from 0.18 to 0.82."""
    decay: float = 0.1
    """The rate is 1 / (1 + decay * observations so far) ..."""
    alpha_min: float = 0.3
    """... but at least this."""
    p_th: float = 0.5
    """Probability beyond which protection begins."""
    r_max: float = 0.3
    protection: bool = True

    def check(self) -> None:
        """Raise OptionError for the first value that cannot work."""
        if self.name not in MODELS:
            raise OptionError(f"MODEL is '{self.name}'; it must be one of {', '.join(MODELS)}.")
        for name, value in asdict(self).items():
            if isinstance(value, float) and not math.isfinite(value):
                raise OptionError(f"{name.upper()} is {value}; it must be a finite number.")
        rules = (
            (self.l_occ > 0, "L_OCC", self.l_occ, "above 0"),
            (self.l_free < 0, "L_FREE", self.l_free, "below 0"),
            (self.l_min < 0, "L_MIN", self.l_min, "below 0"),
            (self.l_max > 0, "L_MAX", self.l_max, "above 0"),
            (self.gamma > 0, "GAMMA", self.gamma, "above 0"),
            (self.decay >= 0, "DECAY", self.decay, "0 or more"),
            (0 < self.alpha_min <= 1, "ALPHA_MIN", self.alpha_min, "above 0 and at most 1"),
            (0 < self.p_th < 1, "P_TH", self.p_th, "between 0 and 1"),
            (0 <= self.r_max <= 1, "R_MAX", self.r_max, "from 0 to 1"),
            (max(abs(self.l_min), self.l_max, self.gamma) <= 500, "A log-odds bound or GAMMA", "over 500", "smaller"),
        )
        for good, name, value, rule in rules:
            if not good:
                raise OptionError(f"{name} is {value}; it must be {rule}.")
        if self.i_th is not None and self.i_max is not None and not self.i_th < self.i_max:
            raise OptionError(f"I_TH is {self.i_th:g} and I_MAX is {self.i_max:g}; I_MAX must be the larger one.")

    @property
    def settled(self) -> bool:
        """True once the intensities are known."""
        return self.name == "octomap" or (self.i_th is not None and self.i_max is not None)

    def with_intensities(self, i_th: float, i_max: float) -> Model:
        """The same with what was left open taken from the data."""
        low = i_th if self.i_th is None else self.i_th
        high = i_max if self.i_max is None else self.i_max
        return replace(self, i_th=low, i_max=max(high, low + 1.0))

    def numbers(self) -> NDArray[np.float64]:
        """What the kernels take: l_occ, l_free, l_min, l_max, decay, alpha_min, p_th, r_max (negative: off)."""
        r_max = self.r_max if self.protection else -1.0
        return np.array([self.l_occ, self.l_free, self.l_min, self.l_max, self.decay, self.alpha_min, self.p_th, r_max])

    def weights(self, intensity: NDArray[Any]) -> NDArray[np.float64]:
        """Weight of each hit: 0 at or below ``i_th``, else the sigmoid of its place up to ``i_max``."""
        from .kernels import intensity_weights

        out = np.ones(len(intensity))
        if self.name == "iwlo":
            assert self.i_th is not None and self.i_max is not None, "intensities come before weights"
            intensity_weights(np.asarray(intensity, np.float64), self.i_th, self.i_max, self.gamma, out)
        return out

    def curve(self, points: int = 11) -> list[tuple[float, float]]:
        """(intensity, weight) from just above ``i_th`` to ``i_max``, for the report."""
        if self.name == "octomap":
            return []
        assert self.i_th is not None and self.i_max is not None
        at = np.linspace(self.i_th, self.i_max, points)
        at[0] = np.nextafter(at[0], np.inf)
        return [(float(i), float(w)) for i, w in zip(at, self.weights(at), strict=True)]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def octomap_model() -> Model:
    """OctoMap's defaults: hit 0.7, miss 0.4, clamping at 0.1192 and 0.971."""
    return Model(
        name="octomap", l_occ=log_odds(0.7), l_free=log_odds(0.4), l_min=log_odds(0.1192), l_max=log_odds(0.971),
        i_th=None, i_max=None, decay=0.0, alpha_min=1.0, protection=False,
    )  # fmt: skip


def model_from_json(values: Any) -> Model:
    """The model stored in a map.  Raises InputError."""
    try:
        known = {name: values[name] for name in Model().to_json() if name in values}
        model = Model(**known)
        model.check()
    except (TypeError, KeyError, OptionError) as error:
        raise InputError(f"The parameters of the map are damaged ({error}): restore its metadata.json.") from error
    return model
