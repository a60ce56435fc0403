# SPDX-License-Identifier: GPL-2.0-or-later
"""What the rows of one session share: sizes, made clouds, the environment, runs of scree:dem through qgis_process.

All paths are relative to the checkout, in which everything runs, so that a command can be repeated as it is shown.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from measure import Measured, measure, require_disk

ROOT = Path(__file__).resolve().parent.parent
FOLDER = Path("build") / "bench"
SHARED = ROOT.parent / "shared"
"""Real clouds and the anchors' own generator, where they lie beside the checkout."""
LARGE_MB = 500
"""Made clouds above this are deleted when the session ends."""
Parameters = Mapping[str, object]


def prepare_environment() -> None:
    """Give this process and its children what `make env` gives, and kernels a cache folder of their own.

    Python keeps its byte code, as it does for whoever installs the plugin: else every run compiles all modules.
    """
    os.chdir(ROOT)
    if not {"QGIS_PLUGINPATH", "QGIS_CUSTOM_CONFIG_PATH"} <= set(os.environ):
        text = subprocess.run(
            ["bash", "-c", 'eval "$(make -s env)" && env -0'], stdout=subprocess.PIPE, text=True, check=True
        ).stdout
        os.environ.update(line.split("=", 1) for line in text.split("\0") if "=" in line)
    for name in ("PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE"):
        os.environ.pop(name, None)
    os.environ["XDG_CACHE_HOME"] = str(ROOT / FOLDER / "cache")
    sys.path.insert(0, str(ROOT / "build" / "plugins"))


@dataclass(frozen=True)
class DemRun:
    """One run of scree:dem: what the process took, its report, its raster."""

    measured: Measured
    report: dict[str, Any]
    dem: Path

    @property
    def reading_and_sorting(self) -> float:
        """Share of the run's own time spent on building the tree."""
        phases = self.report["phases"]
        return (phases.get("Reading", 0.0) + phases.get("Sorting", 0.0)) / max(1e-9, sum(phases.values()))


class Bench:
    """One session; ``quick`` measures nothing of meaning, but runs every line."""

    def __init__(self, quick: bool = False) -> None:
        self.quick = quick
        self.folder = FOLDER / "quick" if quick else FOLDER
        self.scratch = FOLDER / "scratch"
        for folder in (self.folder, self.scratch, FOLDER / "clouds", FOLDER / "out"):
            folder.mkdir(parents=True, exist_ok=True)
        self.commands: list[str] = []
        """Commands of the row under way, as they are shown."""
        self._warm: set[str] = set()
        self._empty: dict[str, Measured] = {}
        self._runs: dict[str, DemRun] = {}

    def points(self, number: int) -> int:
        """``number``, or a five hundredth of it in a quick session."""
        return max(10_000, number // 500) if self.quick else number

    def times(self, number: int) -> int:
        """Repetitions: ``number``, or 1 in a quick session."""
        return 1 if self.quick else number

    def cloud(self, name: str, make: Callable[[str], object], megabytes: float = 0.0) -> Path:
        """``build/bench/clouds/<name>``, made by ``make(path)`` where it is not there yet."""
        path = FOLDER / "clouds" / name
        if not path.exists():
            require_disk(FOLDER, megabytes + 1000)
            part = path.with_name("part-" + name)
            make(str(part))
            part.rename(path)
        return path

    def tidy(self) -> None:
        """Delete rasters and large clouds."""
        for path in (FOLDER / "clouds").glob("*"):
            files = [path] if path.is_file() else list(path.iterdir())
            if sum(f.stat().st_size for f in files) > LARGE_MB << 20 or path.name.startswith("part-"):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        for folder in ("out", "scratch"):
            shutil.rmtree(FOLDER / folder, ignore_errors=True)

    def run(self, command: list[str], *, keep: bool = True, **options: Any) -> Measured:
        """Measure a command; ``keep`` shows it with the row."""
        shown = shlex.join(command).replace(f"{ROOT}/", "")
        if keep and shown not in self.commands:
            self.commands.append(shown)
        return measure(command, scratch=self.scratch, **options)

    def dem(
        self,
        inputs: Path | Iterable[Path],
        label: str,
        *,
        keep: bool = True,
        timeout: float = 7200.0,
        **parameters: object,
    ) -> DemRun:
        """Run scree:dem; raises MeasureError where it fails."""
        dem, report = FOLDER / "out" / f"{label}.tif", FOLDER / "out" / f"{label}.json"
        for stale in (dem, report):
            stale.unlink(missing_ok=True)
        command = dem_command([inputs] if isinstance(inputs, Path) else inputs, dem, report, parameters)
        measured = self.run(command, keep=keep, timeout=timeout).require()
        return DemRun(measured, json.loads(report.read_text("utf-8")), dem)

    def once(self, inputs: Path, label: str, **parameters: object) -> DemRun:
        """As ``dem``, but a long run that an earlier row of this session made already is not made again."""
        key = f"{inputs} {sorted(parameters.items())}"
        if key not in self._runs:
            self._runs[key] = self.dem(inputs, label, **parameters)
        elif (command := shlex.join(self._runs[key].measured.command)) not in self.commands:
            self.commands.append(command)
        return self._runs[key]

    def warm(self, **parameters: object) -> None:
        """Compile and cache the kernels of a method, so that no timed run does."""
        from made import Square, ground_cloud

        key = str(sorted(parameters.items()))
        if key not in self._warm:
            self.dem(ground_cloud(self, Square(20_000, 6.25)), "warm", keep=False, **parameters)
            self._warm.add(key)

    def empty(self, **parameters: object) -> Measured:
        """The fastest of three runs over ten points, the kernels being compiled: start of QGIS and no work."""
        from made import Square, ground_cloud

        key = str(sorted(parameters.items()))
        if key not in self._empty:
            self.warm(**parameters)
            few = ground_cloud(self, Square(10, 1.0))
            runs = [self.dem(few, "empty", keep=False, **parameters).measured for _ in range(self.times(3))]
            self._empty[key] = min(runs, key=lambda run: run.cpu)
        return self._empty[key]


def dem_command(inputs: Iterable[Path], dem: Path, report: Path, parameters: Parameters) -> list[str]:
    """The command line of one run; an unfinished earlier one is never gone on with."""
    program = shutil.which("qgis_process.bin") or "qgis_process"
    values = {"OUTPUT": dem, "REPORT": report, "RESUME": "false", **parameters}
    return [
        Path(program).name,
        "--json",
        "run",
        "scree:dem",
        *(f"--INPUT={path}" for path in inputs),
        *(f"--{name}={value}" for name, value in values.items()),
    ]
