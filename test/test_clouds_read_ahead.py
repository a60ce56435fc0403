# SPDX-License-Identifier: GPL-2.0-or-later
"""The reader thread: same items, same order, and gone when it is no longer wanted."""

from __future__ import annotations

import threading
import time
from contextlib import closing

import pytest

from scree.core.clouds.read_ahead import read_ahead
from scree.core.errors import Cancelled, InputError


def readers():
    return [thread for thread in threading.enumerate() if thread.name == "scree-reader"]


@pytest.mark.parametrize("depth", [1, 2, 50])
def test_items_come_in_order(depth):
    assert list(read_ahead(range(200), depth)) == list(range(200))
    assert list(read_ahead([], depth)) == []
    assert readers() == []


def test_it_runs_ahead_by_its_depth_and_no_more():
    made = []

    def items():
        for number in range(100):
            made.append(number)
            yield number

    with closing(read_ahead(items(), 3)) as ahead:
        assert next(ahead) == 0
        deadline = time.monotonic() + 5
        while len(made) < 5 and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.05)
        assert len(made) == 5  # one used, three waiting, one in hand
    assert readers() == []


@pytest.mark.parametrize("error", [InputError("a.laz is damaged"), Cancelled(), KeyboardInterrupt()])
def test_an_error_of_the_reader_is_raised_where_the_items_are_used(error):
    def items():
        yield 1
        raise error

    ahead = read_ahead(items())
    assert next(ahead) == 1
    with pytest.raises(type(error)) as caught:
        next(ahead)
    assert caught.value is error
    assert readers() == []


def test_leaving_early_stops_the_thread_and_closes_the_items():
    closed = []

    def items():
        try:
            yield from range(10**9)
        finally:
            closed.append(True)

    with closing(read_ahead(items())) as ahead:
        assert [next(ahead) for _ in range(10)] == list(range(10))
    assert closed == [True]
    assert readers() == []
