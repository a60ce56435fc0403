# SPDX-License-Identifier: GPL-2.0-or-later
"""Inputs are never changed: whatever an output is called, it is no file the run reads, and no other output."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from augmentation_made import Land, save
from test_algorithms_process import PROGRAM, environment
from test_augmentation_process import last_words, run

from scree.core.augmentation.gap_job import GapOutputs, find_gaps
from scree.core.augmentation.job import augment_ground
from scree.core.augmentation.options import AugmentOptions
from scree.core.errors import OptionError
from scree.core.jobs.overwriting import refuse_overwriting

Run = Callable[..., "subprocess.CompletedProcess[str]"]
__all__ = ["environment", "run"]


def test_outputs_are_compared_with_inputs_and_each_other(tmp_path: Path) -> None:
    (tmp_path / "a.tif").write_bytes(b"")
    (tmp_path / "link.tif").symlink_to(tmp_path / "a.tif")
    refuse_overwriting({"OUTPUT": "b.tif", "SLOPE": "", "ASPECT": ""}, ["a.tif", ""])
    with pytest.raises(OptionError, match=r"SLOPE is .*link\.tif, which the run reads"):
        refuse_overwriting({"OUTPUT": "b.tif", "SLOPE": str(tmp_path / "link.tif")}, [str(tmp_path / "a.tif")])
    with pytest.raises(OptionError, match=r"OUTPUT and SLOPE are both ./b\.tif"):
        refuse_overwriting({"OUTPUT": "b.tif", "SLOPE": "./b.tif"}, [])


def test_the_core_refuses_too(tmp_path: Path) -> None:
    cloud, dtm = save(tmp_path / "c.las", Land().cloud(1.0)), Land().raster(tmp_path / "d.tif")
    before = Path(cloud).read_bytes()
    with pytest.raises(OptionError, match="OUTPUT is .*which the run reads"):
        find_gaps(AugmentOptions(inputs=(cloud,), dtm=()), GapOutputs(cloud))
    folder = tmp_path / "o"
    for more in ({"output": str(tmp_path / "o.las")}, {"output_folder": str(folder)}):
        alone = str(tmp_path / "o.las" if "output" in more else folder / "c.las")
        with pytest.raises(OptionError, match="and SYNTHETIC_ONLY are both"):
            augment_ground(AugmentOptions(inputs=(cloud,), dtm=(dtm,), synthetic_only=alone, **more))
    assert Path(cloud).read_bytes() == before and not list(tmp_path.glob("scree-*"))


@pytest.mark.skipif(PROGRAM is None, reason="no qgis_process")
@pytest.mark.parametrize(
    ("algorithm", "parameters"),
    [
        ("groundgaps", {"OUTPUT": "c.las"}),
        ("groundgaps", {"INPUT": "tiles", "OUTPUT": "tiles/c.las"}),
        ("gridfrompoints", {"RESOLUTION": 1, "NEIGHBORHOOD": "knn(k=1)", "OUTPUT": "c.las"}),
        ("pointstats", {"NEIGHBORHOOD": "knn(k=5)", "FEATURES": "mean", "OUTPUT": "o.las", "REPORT": "c.las"}),
        ("augmentground", {"DTM": "d.tif", "OUTPUT": "o.las", "PREVIEW": "c.las"}),
        ("augmentground", {"DTM": "d.tif", "OUTPUT": "o.las", "REPORT": "d.tif"}),
    ],
)
def test_no_algorithm_writes_over_what_it_reads(
    run: Run, tmp_path: Path, algorithm: str, parameters: dict[str, Any]
) -> None:
    land = Land(side=40.0)
    (tmp_path / "tiles").mkdir()
    files = [save(tmp_path / "c.las", land.cloud(1.0)), save(tmp_path / "tiles/c.las", land.cloud(1.0))]
    files.append(land.raster(tmp_path / "d.tif"))
    before = [Path(path).read_bytes() for path in files]
    done = run(algorithm, **({"INPUT": "c.las"} | parameters))
    assert done.returncode and "which the run reads: inputs are never changed" in last_words(done)
    assert [Path(path).read_bytes() for path in files] == before
