# SPDX-License-Identifier: GPL-2.0-or-later
"""Columns copied together arrive where columns copied one by one would."""

from __future__ import annotations

import numpy as np
import pytest

from scree.core.clouds.rows import Rows
from scree.core.clouds.writer import _Runs

RECORD = np.dtype([("index", "<i8"), ("answered", "u1"), ("a", "<f4"), ("b", "u1"), ("c", "<f8")])


def rows(n: int, first: int = 0) -> Rows:
    records = np.zeros(n, RECORD)
    records["a"], records["b"] = np.arange(first, first + n), np.arange(n) % 7
    records["c"] = -records["a"]
    return Rows(records, ("a", "b", "c"))


def test_fields_side_by_side_are_copied_and_nothing_else() -> None:
    given = rows(5)
    target = np.full(5, 9, np.dtype([("X", "<i4"), ("a", "<f4"), ("b", "u1"), ("c", "<f8"), ("after", "u1")]))
    assert given.copied_to(target)
    for name in ("a", "b", "c"):
        assert np.array_equal(target[name], given[name])
    assert (target["X"] == 9).all() and (target["after"] == 9).all()


OTHERS = (
    [("a", "<f4"), ("c", "<f8"), ("b", "u1")],
    [("a", "<f8"), ("b", "u1"), ("c", "<f8")],
    [("a", "<f4"), ("b", "u1")],
)


@pytest.mark.parametrize("fields", OTHERS)
def test_other_layouts_are_left_alone(fields: list[tuple[str, str]]) -> None:
    target = np.zeros(5, np.dtype([("X", "<i4"), *fields]))
    assert not rows(5).copied_to(target)
    assert (target["a"] == 0).all()


@pytest.mark.parametrize("whole", [True, False])
def test_runs_of_rows_are_those_of_columns(whole: bool) -> None:
    rng = np.random.default_rng(3)
    sizes, first, answers, plain = [4, 7, 1, 9], 0, [], []
    for size in sizes:
        keep = np.ones(size, bool) if whole else rng.random(size) < 0.6
        part = rows(int(keep.sum()), first)
        answers.append((keep, part))
        plain.append((keep, dict(part)))
        first += int(keep.sum())
    by_rows, by_columns = _Runs(iter(answers)), _Runs(iter(plain))
    for points in (3, 0, 10, 8):
        mask, columns = by_rows.take(points)
        expected, wanted = by_columns.take(points)
        assert np.array_equal(mask, expected)
        for name in wanted:
            assert np.array_equal(np.asarray(columns[name])[mask], wanted[name][expected])
