# SPDX-License-Identifier: GPL-2.0-or-later
"""A DEM in a process of its own, to be killed or measured: ``python dem_run.py OPTIONS.json [UNIT_POINTS]``."""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main() -> None:
    from scree.core.surface.dem import build_dem
    from scree.core.surface.options import DemOptions
    from scree.core.tiles import store

    if len(sys.argv) > 2:
        store.UNIT_POINTS = int(sys.argv[2])
    options = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    options["inputs"] = tuple(options["inputs"])
    print("started", flush=True)
    report = build_dem(DemOptions(**options))
    report.pop("figures")  # pictures are drawn where a page is asked for
    print(json.dumps(report))


if __name__ == "__main__":
    main()
