# SPDX-License-Identifier: GPL-2.0-or-later
"""Which neighbors a robust plane keeps; the plane is then the simple one of those."""

from __future__ import annotations

import numpy as np

from .neighborhoods import Neighborhoods


def keep_robust(found: Neighborhoods) -> Neighborhoods:
    """Without the neighbors a reweighted plane finds too far from it."""
    from .robust_kernel import mark_robust

    return _kept(found, mark_robust)


def keep_fmcd(found: Neighborhoods) -> Neighborhoods:
    """Without the neighbors too far from the robust center and covariance of the others."""
    from .robust_kernel import mark_fmcd

    return _kept(found, mark_fmcd)


def _kept(found: Neighborhoods, mark) -> Neighborhoods:  # type: ignore[no-untyped-def]
    owner, index = found.pairs
    count = found.count
    keep = np.zeros(len(index), np.bool_)
    pool, base = found.pool, found.base
    c = pool.candidates
    mark(c.x, c.y, pool.z, index, np.cumsum(count) - count, count, base.x, base.y, base.z, keep)
    return found.replaced(owner[keep], index[keep])
