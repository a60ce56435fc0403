# SPDX-License-Identifier: GPL-2.0-or-later
"""Signs against plain Python integers, which never overflow."""

from __future__ import annotations

import random

import pytest

from scree.core.surface.delaunay import predicates


def sign(n: int) -> int:
    return (n > 0) - (n < 0)


def orient(a, b, c) -> int:
    return sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))


def in_circle(a, b, c, p) -> int:
    (ax, ay), (bx, by), (cx, cy) = ((u[0] - p[0], u[1] - p[1]) for u in (a, b, c))
    return sign(
        (ax * ax + ay * ay) * (bx * cy - cx * by)
        + (bx * bx + by * by) * (cx * ay - ax * cy)
        + (cx * cx + cy * cy) * (ax * by - bx * ay)
    )


def flat(*points) -> list[float]:
    return [float(c) for point in points for c in point]


@pytest.mark.parametrize("bits", [3, 12, 24, 27, 31, 41])
def test_signs_are_those_of_python_integers(bits):
    """Small ranges tie often; large ones need every word of the wide arithmetic."""
    draw = random.Random(bits)
    size = 1 << bits

    def point():
        return draw.randrange(-size, size), draw.randrange(-size, size)

    for _ in range(3000):
        a, b, c, p = point(), point(), point(), point()
        if draw.random() < 0.5:  # nearly or exactly collinear
            k = draw.randrange(-3, 4)
            c = (a[0] + k * (b[0] - a[0]) // 2, a[1] + k * (b[1] - a[1]) // 2)
        if draw.random() < 0.5:  # nearly or exactly on the circle: an isosceles trapezoid, perhaps one step off
            b = (a[0], b[1])
            m = a[1] + b[1]
            p = (c[0], m - c[1] + draw.randrange(-1, 2))
        if max(abs(v) for v in (*a, *b, *c, *p)) > 2 * size:
            continue
        assert predicates.orient(*flat(a, b, c)) == orient(a, b, c)
        assert predicates.in_circle(*flat(a, b, c, p)) == in_circle(a, b, c, p)


def test_a_query_on_a_line_is_moved_off_it():
    for direction in ((1.0, 0.0), (-1.0, 0.0), (3.0, 2.0)):
        up = predicates.side(0.0, 0.0, 2.0, 0.0, 1.0, 0.0, *direction)
        down = predicates.side(2.0, 0.0, 0.0, 0.0, 1.0, 0.0, *direction)
        assert {up, down} == {1, -1}


def test_of_four_points_on_a_circle_one_diagonal_wins():
    """Whatever three of them are asked about the fourth, whatever the rotation."""
    square = [(0, 0), (4, 0), (4, 4), (0, 4)]
    for turn in range(4):
        a, b, c, p = (square[(turn + i) % 4] for i in range(4))
        splits_at_largest = predicates.in_conflict(*flat(a, b, c, p))
        # The largest, (4, 4), is cut off: the diagonal joins (4, 0) and (0, 4).
        assert splits_at_largest == (b != (4, 4) and p != (4, 4))
        for triple in ((a, b, c), (b, c, a), (c, a, b)):
            assert predicates.in_conflict(*flat(*triple, p)) == splits_at_largest
