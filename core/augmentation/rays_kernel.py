# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernel of steps on sampled lines."""

from __future__ import annotations

import numpy as np

from ..compiled import kernel

STEPS = ((2, 1.0), (4, 1.5), (8, 1.8))
"""Strides a rise is looked for over, and how large a one is a step of 1.

A line across the edge of a wrong patch has all of its rise within two strides, one that grazes it within four, and
within eight where resampling has blurred it; but so have terraces and banks.
"""


@kernel
def largest_steps(z, first, number, out):  # type: ignore[no-untyped-def]
    """The largest step of each line: the rise over a few strides, less what the slope before or behind explains.

    So a jump counts in full, wherever it falls between samples, and a change of slope counts nothing.
    """
    for line in range(len(first)):
        most = 0.0
        for strides, large in STEPS:
            for i in range(first[line] + 1, first[line] + number[line] - strides - 1):
                rise, before, behind = z[i + strides] - z[i], z[i] - z[i - 1], z[i + strides + 1] - z[i + strides]
                step = max(strides * min(before, behind) - rise, rise - strides * max(before, behind)) / large
                if step > most and not np.isnan(before + behind):
                    most = step
        out[line] = most
