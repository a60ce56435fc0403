# SPDX-License-Identifier: GPL-2.0-or-later
"""The usual features of a covariance: Weinmann et al. 2015, doi:10.1016/j.isprsjprs.2015.01.016, table 1."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FEATURES = (
    "Linearity",
    "Planarity",
    "Sphericity",
    "Anisotropy",
    "SurfaceVariation",
    "Verticality",
    "Omnivariance",
    "Eigenentropy",
)

Values = NDArray[np.float64]


def shape_features(eigenvalues: Values, normals: Values) -> dict[str, Values]:
    """Features of descending eigenvalues [3, n] and unit normals [3, n]; NaN where all points are one.

    Omnivariance and eigenentropy are of the eigenvalues divided by their sum.
    """
    from .shape_kernel import entropy_and_omnivariance

    total = eigenvalues[0] + eigenvalues[1] + eigenvalues[2]
    with np.errstate(invalid="ignore", divide="ignore"):
        one, two, three = eigenvalues / total
        entropy, omnivariance = np.empty(len(total)), np.empty(len(total))
        entropy_and_omnivariance(one, two, three, entropy, omnivariance)
        found = (
            (one - two) / one,
            (two - three) / one,
            three / one,
            (one - three) / one,
            three,
            1 - np.abs(normals[2]),
            omnivariance,
            entropy,
        )
    return dict(zip(FEATURES, found, strict=True))
