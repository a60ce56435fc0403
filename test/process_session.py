# SPDX-License-Identifier: GPL-2.0-or-later
"""A shell in which qgis_process runs this checkout, with a configuration folder of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = shutil.which("qgis_process.bin") or shutil.which("qgis_process")


def process_environment(home: Path) -> dict[str, str]:
    """Variables for subprocesses; ``qgis_process`` is on PATH whatever the distribution calls it."""
    for folder in ("plugins", "bin"):
        (home / folder).mkdir()
    (home / "run").mkdir(mode=0o700)
    (home / "plugins" / "scree").symlink_to(ROOT)
    (home / "bin" / "qgis_process").symlink_to(str(PROGRAM))
    found = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    found |= {
        "PATH": f"{home / 'bin'}:{Path(sys.executable).parent}:/usr/bin:/bin",
        "PYTHONNOUSERSITE": "1",
        "QGIS_CUSTOM_CONFIG_PATH": str(home / "config"),
        "QGIS_PLUGINPATH": str(home / "plugins"),
        "QT_QPA_PLATFORM": "offscreen",
        "XDG_RUNTIME_DIR": str(home / "run"),
    }
    subprocess.run(["qgis_process", "plugins", "enable", "scree"], env=found, check=True, capture_output=True)
    return found
