# SPDX-License-Identifier: GPL-2.0-or-later
"""`make demo`: a DEM through qgis_process, what came out of it and where, and its picture.

Arguments are names of environment variables: CLOUD (a file or folder; without it a cloud is made
whose true ground is known) and any parameter of scree:dem, as FILTER or RESOLUTION.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

from picture import render
from terrain import Survey, Terrain, score, write_cloud

FOLDER = Path("build") / "demo"
TERRAIN = Terrain(terraces=True, ditches=True, walls=True)
SURVEY = Survey(points=2_880_000)


def main(names: list[str]) -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    parameters = {"RESOLUTION": "1" if "CLOUD" in names else "0.5"}
    parameters.update({name: os.environ[name] for name in names})
    cloud = parameters.pop("CLOUD", "")
    made = not cloud
    if made:
        cloud = str(FOLDER / "cloud.laz")
        print(f"Making {SURVEY.points:,} points over a known ground: {cloud}")
        write_cloud(cloud, SURVEY, TERRAIN)
    dem, report = FOLDER / "dem.tif", FOLDER / "report.json"
    for stale in (dem, report):
        stale.unlink(missing_ok=True)
    parameters = {"INPUT": cloud, "OUTPUT": str(dem), "REPORT": str(report)} | parameters
    took = run("scree:dem", parameters)
    picture = Path(parameters["OUTPUT"]).with_suffix(".png")
    render(parameters["OUTPUT"], str(picture))
    print(f"\n{took:.1f} s, start of QGIS included.  Report:")
    print(Path(parameters["REPORT"]).read_text(encoding="utf-8"))
    if made:
        print("Against the true ground:", json.dumps(score(parameters["OUTPUT"], TERRAIN)))
    for what, path in (("Cloud", cloud), ("DEM", parameters["OUTPUT"]), ("Picture", str(picture))):
        print(f"{what + ':':9}{path}")
    return 0


def run(algorithm: str, parameters: dict[str, str]) -> float:
    """Seconds of one run; ends this program where the run fails, its own message having been shown."""
    program = shutil.which("qgis_process.bin") or shutil.which("qgis_process")
    if program is None:
        raise SystemExit("qgis_process is not on PATH; run this by `make demo`.")
    command = [program, "run", algorithm, *(f"--{name}={value}" for name, value in parameters.items())]
    print("Running", shlex.join(["qgis_process", *command[1:]]), flush=True)
    started = time.monotonic()
    quiet = os.environ | {"PYTHONWARNINGS": "ignore::DeprecationWarning"}  # of QGIS's and numba's own packages
    code = subprocess.run(command, env=quiet, stdin=subprocess.DEVNULL, check=False).returncode
    if code:
        raise SystemExit(code)
    return time.monotonic() - started


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
