# SPDX-License-Identifier: GPL-2.0-or-later
"""scree:augmentground on large clouds: what it takes beyond a copy of the file, and how that grows."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from augmented import MEMORY_MB, augment, cloud_with_holes, dtm_of, warm
from measure import MeasureError, require_disk
from session import FOLDER

from .row import Outcome, Row, table, took, within

if TYPE_CHECKING:
    from session import Bench

DENSITY = 21.0
"""Of the tile that ended the first system."""
DISK_BYTES = 100
"""For each point: the cloud, the filled one, and what lies between."""
MILLIONS = (30, 60, 200)


def measure_size(bench: Bench) -> Outcome:
    warm(bench)
    points = bench.points(21_000_000)
    cloud, dtm = cloud_with_holes(bench, points, DENSITY), dtm_of(points, DENSITY)
    target = FOLDER / "out" / "copy.laz"
    copy = bench.run([sys.executable, "benchmarks/copy_cloud.py", str(cloud), str(target)], keep=False).require()
    target.unlink()
    run, report = augment(bench, cloud, dtm)
    beyond = run.wall - copy.wall
    added, share = report["points_accepted"], report["validated_share"] or 0.0
    return Outcome(
        f"{beyond:.1f} s beyond a plain copy of the file ({run.wall:.1f} s, start-up included), peak {run.peak_mb:.0f} "
        f"MB; {added:,} synthetic points, {share:.1%} of the sites in holes validated",
        beyond <= 20 and run.peak_mb <= MEMORY_MB,
        {"points": points, "copy": copy.numbers(), "augmentground": run.numbers(), "phases": report["phases"]}
        | {"accepted": report["accepted"], "rejected": report["rejected"], "validated_share": share},
        table(("run", "wall s", "cpu s", "peak MB"), [("copy", *took(copy)), ("augmentground", *took(run))]),
    )


def measure_scaling(bench: Bench) -> Outcome:
    warm(bench)
    rows, cost, peaks, absent = [], {}, [], ""
    for millions in MILLIONS:
        points = bench.points(millions * 1_000_000)
        try:
            require_disk(FOLDER, points * DISK_BYTES / 1e6)
        except MeasureError as error:
            absent = f"; {millions} M not measured: {error}"
            break
        cloud, dtm = cloud_with_holes(bench, points, DENSITY), dtm_of(points, DENSITY)
        try:
            run, _ = augment(bench, cloud, dtm)
        finally:
            for made in (cloud, dtm, dtm.with_name(dtm.name + ".aux.xml")):
                made.unlink(missing_ok=True)
        cost[f"{millions} M"], peaks = run.cpu / points * 1e6, [*peaks, run.peak_mb]
        rows.append((f"{points:,}", *took(run), f"{run.cpu / points * 1e6:.2f}"))
    if not cost:
        raise MeasureError(absent.removeprefix("; "))
    flat = all(within(a, b, 0.15) for values in (list(cost.values()), peaks) for a in values for b in values)
    return Outcome(
        ", ".join(f"{name}: {seconds:.2f}" for name, seconds in cost.items())
        + " cpu microseconds a point, start-up included; peak "
        + ", ".join(f"{peak:.0f}" for peak in peaks)
        + f" MB{absent}",
        flat and max(peaks) <= MEMORY_MB,
        {"cpu_microseconds": cost, "peak_mb": peaks},
        table(("points", "wall s", "cpu s", "peak MB", "cpu microseconds a point"), rows),
    )


SIZE = Row(
    "augment-size",
    "Filling the ground of 21 M points on 1 km² (LAZ) from a 1 m DTM, defaults",
    "the first system: 93 s, 4 GB hoped for after 137 s, 22 GB, killed; 150,000-300,000 synthetic points, over "
    "80 % validated",
    f"at most 20 s beyond reading and writing the file, peak at most 1 GB at MAX_MEMORY={MEMORY_MB}",
    measure_size,
)
SCALING = Row(
    "augment-scaling",
    "The same for 30 M, 60 M and, where the disk has 20 GB, 200 M points",
    "the first system: 6-8 GB, 10-12 GB, -",
    "cpu seconds a point and peak the same within 15 %, peak at most 1 GB",
    measure_scaling,
)
