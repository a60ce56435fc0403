# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernel of steps on sampled lines."""

from __future__ import annotations

from ..compiled import kernel


@kernel
def largest_steps(z, first, number, out):  # type: ignore[no-untyped-def]
    """The largest step of each line: the rise over two strides, less what the slopes on both sides explain.

    So a jump that falls between samples counts in full, and a mere change of slope counts nothing.
    """
    for line in range(len(first)):
        most = 0.0
        for i in range(first[line] + 1, first[line] + number[line] - 3):
            step = abs((z[i + 2] - z[i]) - (z[i] - z[i - 1]) - (z[i + 3] - z[i + 2]))
            if step > most:
                most = step
        out[line] = most
