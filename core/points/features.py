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


def shape_features(eigenvalues: Values, normals: Values) -> dict[str, NDArray[np.float32]]:
    """Features of descending eigenvalues [3, n] and unit normals [3, n]; NaN where all points are one.

    Omnivariance and eigenentropy are of the eigenvalues divided by their sum.
    """
    from .shape_kernel import describe_shapes

    found = np.empty((len(FEATURES), eigenvalues.shape[1]), np.float32)
    describe_shapes(eigenvalues, normals[2], found)
    return dict(zip(FEATURES, found, strict=True))
