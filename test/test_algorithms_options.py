# SPDX-License-Identifier: GPL-2.0-or-later
"""What the options of a DEM stand for where they are left open."""

from __future__ import annotations

import pytest

from scree.core.errors import OptionError
from scree.core.surface.options import DemOptions


def options(**changes: object) -> DemOptions:
    return DemOptions(inputs=("a.laz",), output="dem.tif", **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("method", "segmentation", "thinning", "distance"),
    [
        ("rst", "blended", "mean", 1.0),
        ("rst", "plain", "nearest", 1.0),
        ("tin", "blended", "none", 0.0),
        ("idw", "plain", "none", 0.0),
    ],
)
def test_thinning_follows_the_method(method: str, segmentation: str, thinning: str, distance: float) -> None:
    settled = options(method=method, segmentation=segmentation, resolution=2.0).settled()
    assert (settled.thinning, settled.thinning_distance) == (thinning, distance)


def test_plain_segments_take_the_values_of_v_surf_rst() -> None:
    settled = options(segmentation="plain", tension=20.0).settled()
    assert (settled.segment_points, settled.tension, settled.smoothing) == (40, 20.0, 0.1)
    blended = options().settled()
    assert (blended.segment_points, blended.tension, blended.smoothing) == (None, None, None)


def test_mask_distance_counts_cells_only_when_left_open() -> None:
    assert options(resolution=2.0).settled().mask_distance == 30.0
    assert options(resolution=2.0, mask_distance=0.0).settled().mask_distance == 0.0
    assert options(resolution=2.0, mask_distance=7.5).settled().mask_distance == 7.5


def test_settling_twice_changes_nothing() -> None:
    once = options(segmentation="plain").settled()
    assert once.settled() == once


def test_two_names_of_one_file_are_one_file() -> None:
    with pytest.raises(OptionError, match="SLOPE and OUTPUT are both"):
        options(slope="x/../dem.tif").check()
