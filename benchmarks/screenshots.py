# SPDX-License-Identifier: GPL-2.0-or-later
"""The plugin in a real QGIS window under Xvfb: pictures to look at, and what was measured meanwhile.

    screenshots.py [--points 5e6] [--out build/shots]

Needs xvfb and xauth.  A clean profile of its own; ``screenshots_inside.py`` is what QGIS runs.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from terrain import Survey, Terrain, write_cloud

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=float, default=5e6)
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "shots")
    parser.add_argument("--seconds", type=int, default=240, help="the run is stopped after this time")
    arguments = parser.parse_args()
    if not shutil.which("xvfb-run") or not shutil.which("qgis"):
        sys.exit("screenshots.py needs QGIS's window and xvfb: sudo apt-get install qgis xvfb xauth")
    arguments.out.mkdir(parents=True, exist_ok=True)
    clouds = {"LARGE": int(arguments.points), "SMALL": 200_000}
    for name, points in clouds.items():
        path = arguments.out / f"made-{points}.las"
        if not path.exists():
            write_cloud(str(path), Survey(points=points), Terrain())
        clouds[name] = path
    found = arguments.out / "found.json"
    found.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="scree-shots-", dir=arguments.out) as home:
        environment = _environment(Path(home))
        settings = {"out": str(arguments.out), "large": str(clouds["LARGE"]), "small": str(clouds["SMALL"])}
        environment["SCREE_SHOTS"] = json.dumps(settings | {"scratch": home})
        subprocess.run(["qgis_process.bin", "plugins", "enable", "scree"], env=environment, check=True, stdout=-3)
        display = ["xvfb-run", "-a", "-s", "-screen 0 1400x900x24"]
        code = str(ROOT / "benchmarks" / "screenshots_inside.py")
        del environment["QT_QPA_PLATFORM"]
        command = [*display, "qgis", "--nologo", "--noversioncheck", "--code", code]
        done = subprocess.run(command, env=environment, timeout=arguments.seconds, capture_output=True, text=True)
    if not found.exists():
        sys.exit(f"QGIS ended with {done.returncode}:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    print(found.read_text())


def _environment(home: Path) -> dict[str, str]:
    plugins, runtime = home / "plugins", home / "run"
    plugins.mkdir()
    runtime.mkdir(mode=0o700)
    (plugins / "scree").symlink_to(ROOT)
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    return kept | {
        "PATH": f"{ROOT / '.venv' / 'bin'}:/usr/bin:/bin",
        "PROJ_DATA": "/usr/share/proj",
        "PYTHONNOUSERSITE": "1",
        "LIBGL_ALWAYS_SOFTWARE": "1",
        "QGIS_CUSTOM_CONFIG_PATH": str(home / "config"),
        "QGIS_PLUGINPATH": str(plugins),
        "QT_QPA_PLATFORM": "offscreen",
        "XDG_RUNTIME_DIR": str(runtime),
    }


if __name__ == "__main__":
    main()
