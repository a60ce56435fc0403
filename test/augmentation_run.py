# SPDX-License-Identifier: GPL-2.0-or-later
"""A run in a process of its own, to be killed or measured: ``augmentation_run.py OPTIONS.json [UNIT_POINTS]``."""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main() -> None:
    from scree.core.augmentation import job
    from scree.core.augmentation.options import AugmentOptions
    from scree.core.tiles import store

    if len(sys.argv) > 2:
        store.UNIT_POINTS = int(sys.argv[2])
    options = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    if options.pop("full_disk", False):
        job.require_free = lambda needs: None
    for name in ("inputs", "dtm", "priorities", "ground_classes"):
        options[name] = tuple(options[name])
    print("started", flush=True)
    print(json.dumps(job.augment_ground(AugmentOptions(**options)), default=str))


if __name__ == "__main__":
    main()
