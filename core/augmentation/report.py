# SPDX-License-Identifier: GPL-2.0-or-later
"""The report of a run: what was generated, what became of it, and why; counts that add up."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ..reports.facts import balance, run_facts
from .areas import AREAS
from .bias import Bias
from .lengths import Lengths
from .options import AugmentOptions
from .reading import Ground
from .tally import REJECTED, Tally
from .validation import GROWTH

if TYPE_CHECKING:
    from ..clouds.collection import Collection
    from ..jobs.job import Job


def make_report(
    options: AugmentOptions, collection: Collection, lengths: Lengths, ground: Ground, bias: Bias, counts: Tally,
    figures: list[dict[str, Any]], written: dict[str, int], job: Job,
) -> dict[str, Any]:  # fmt: skip
    """The report, flat numbers first."""
    facts = run_facts(job, options, collection)
    facts["figures"], facts["counts"] = figures, dict(counts)
    accepted = {area: counts[f"accepted_{area}"] for area in AREAS}
    rejected = {reason: counts[reason] for reason in REJECTED}
    return {
        "points_read": ground.counts["read"],
        "points_ground": ground.counts["ground"],
        "sites": counts["candidates"],
        "sites_without_dtm": counts["no_dtm"],
        "points_generated": counts["generated"],
        "points_accepted": counts["accepted"],
        "points_rejected": sum(rejected.values()),
        "points_unverified": counts["unverified"],
        "validated_share": _validated(counts),
        "points_written": sum((_clouds(written, options) or written).values()),
        "bias_median": bias.as_json()["median"],
        "bias_spread": bias.as_json()["spread"],
        "accepted": accepted,
        "rejected": rejected,
        "bias": bias.as_json(),
        "lengths": {name: value for name, value in asdict(lengths).items() if name != "note"}
        | {"spacing": float(lengths.spacing), "growth": GROWTH},
        "classes": ground.counts["classes"],
        "balances": [
            balance("Sites of the lattice", counts["candidates"],
                    {"generated": counts["generated"], "without DTM": counts["no_dtm"]}),
            balance("Points generated", counts["generated"],
                    {f"accepted: {area}": n for area, n in accepted.items()}
                    | {f"rejected: {reason}": n for reason, n in rejected.items()}),
        ],
        "outputs": written,
        **facts,
    }  # fmt: skip


def _clouds(written: dict[str, int], options: AugmentOptions) -> dict[str, int]:
    """Points of the files that hold the input's too."""
    return {path: points for path, points in written.items() if path != options.synthetic_only}


def _validated(counts: Tally) -> float | None:
    """Share of the wanted sites in holes that passed the test."""
    verified = counts["accepted"] + counts["cap"] - (counts["unverified"] - counts["unverified_dropped"])
    looked = verified + counts["step"] + counts["residual"] + counts["unverified"]
    return verified / looked if looked else None
