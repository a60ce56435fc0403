# SPDX-License-Identifier: GPL-2.0-or-later
"""Features of numbers: their names, and their values for many lists at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import OptionError
from ..neighborhood.expression.errors import closest

Numbers = NDArray[np.float64]
Lists = NDArray[np.int64]

ALIASES = {"diff": "range", "variance": "variance", "var": "variance", "stdev": "std", "count": "pcount"}
MOMENTS = ("min", "max", "range", "mean", "sum", "variance", "std", "rms", "pcount", "pdens")
"""Features that add up as the numbers come."""
RANKED = ("median", "minority", "majority", "entropy", "quantile", "nmin", "nmax")
"""Features that need the numbers in order."""
NUMBERED = ("quantile", "nmin", "nmax")
NAMES = (*MOMENTS, *RANKED)
COUNTS = ("pcount",)
LARGEST_RANK = 1_000_000_000


@dataclass(frozen=True)
class Feature:
    """One feature; ``number`` is the part of a quantile (0 to 1) or the rank of nmin, nmax (from 1)."""

    name: str
    number: float | None = None

    @property
    def label(self) -> str:
        """``mean``, ``q95``, ``nmin3``: what stands before the attribute in the name of a dimension."""
        if self.number is None:
            return self.name
        return f"q{self.number * 100:g}" if self.name == "quantile" else f"{self.name}{self.number:g}"

    @property
    def ranked(self) -> bool:
        return self.name in RANKED


def parse_features(text: str) -> tuple[Feature, ...]:
    """The features of a list such as 'min, max, quantile(0.95)'.  Raises OptionError."""
    words = [word.strip() for word in re.split(r"[,;\n]", text) if word.strip()]
    if not words:
        raise OptionError(f"FEATURES is empty; name some of {', '.join(NAMES)}, separated by commas.")
    found = [_feature(word) for word in words]
    for feature in found:
        if found.count(feature) > 1:
            raise OptionError(f"FEATURES names {feature.label} twice; each feature may stand once.")
    return tuple(found)


def _feature(text: str) -> Feature:
    match = re.fullmatch(r"([A-Za-z]+)\s*(?:\(\s*([^()]*?)\s*\))?", text)
    name = match[1].lower() if match else text
    name = ALIASES.get(name, name)
    if not match or name not in NAMES:
        near = closest(name, NAMES)
        advice = f"; nearest: {', '.join(near)}" if near else ""
        raise OptionError(f"FEATURES has '{text}', which is no feature: choose from {', '.join(NAMES)}{advice}.")
    if (match[2] is not None) != (name in NUMBERED):
        form = f"{name}(number)" if name in NUMBERED else name
        raise OptionError(f"FEATURES has '{text}'; it is written {form}.")
    return Feature(name, None if match[2] is None else _number(name, match[2], text))


def _number(name: str, digits: str, text: str) -> float:
    try:
        number = float(digits)
    except ValueError as error:
        raise OptionError(f"FEATURES has '{text}'; {digits!r} is no number.") from error
    if name != "quantile" and not 1 <= number <= LARGEST_RANK:
        raise OptionError(f"FEATURES has '{text}'; a rank is a whole number from 1 to {LARGEST_RANK:,}.")
    if name == "quantile" and not 0 <= number <= 1:
        raise OptionError(f"FEATURES has '{text}'; the part of a quantile is from 0 to 1.")
    if name != "quantile" and number != int(number):
        raise OptionError(f"FEATURES has '{text}'; a rank is a whole number from 1.")
    return number


def dtype_of(feature: Feature, wide: bool) -> np.dtype[Any]:
    """Type of a feature's dimension; ``wide`` where the attribute needs double precision."""
    if feature.name in COUNTS:
        return np.dtype("<u4")
    return np.dtype("<f8" if wide and feature.name not in ("pdens", "entropy") else "<f4")


def summarise(
    features: tuple[Feature, ...], values: Numbers, shift: Numbers, first: Lists, count: Lists, index: Lists
) -> Mapping[Feature, Numbers]:
    """Features of ``values[index[first[i] : first[i] + count[i]]] - shift[i]`` for every i.

    NaN is left out; a list without numbers has NaN, and 0 for pcount and sum.  The variance is with
    n - 1; entropy in bits; of equally frequent values the smaller is majority and minority;
    quantiles are linear between ranks; beyond the last rank nmin and nmax are the last.  pdens is
    left to who knows the area.
    """
    from . import statistics_kernel as kernels

    found: dict[Feature, Numbers] = {}
    if any(not feature.ranked for feature in features):
        sums = np.empty((kernels.FEATURES, len(first)))
        kernels.add_up(values, shift, first, count, index, sums)
        found |= features_of(features, sums)
    ranked = [feature for feature in features if feature.ranked]
    if ranked:
        kinds = np.array([RANKED.index(feature.name) for feature in ranked], np.int64)
        numbers = np.array([feature.number or 0.0 for feature in ranked])
        out = np.empty((len(first), len(ranked)))
        kernels.rank(values, shift, first, count, index, kinds, numbers, out)
        found |= {feature: out[:, i] for i, feature in enumerate(ranked)}
    return found


def features_of(features: tuple[Feature, ...], sums: Numbers) -> Mapping[Feature, Numbers]:
    """The MOMENTS among ``features``, pdens left out, of sums [6, n] as add_held leaves them."""
    number, least, most, total, mean, squares = sums
    made: dict[str, Callable[[], Numbers]] = {
        "min": lambda: least,
        "max": lambda: most,
        "range": lambda: most - least,
        "mean": lambda: mean,
        "sum": lambda: total,
        "variance": lambda: np.where(number > 1, squares / (number - 1), np.nan),
        "std": lambda: np.sqrt(np.where(number > 1, squares / (number - 1), np.nan)),
        "rms": lambda: np.sqrt(squares / number + mean * mean),
        "pcount": lambda: number,
    }
    with np.errstate(invalid="ignore", divide="ignore"):
        return {feature: made[feature.name]() for feature in features if feature.name in made}
