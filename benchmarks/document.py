# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/benchmarks.md, made from the results of rows in build/bench, whichever calls measured them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import peers
from rows import ROWS, Row
from rows.row import table

PACKAGES = ("numpy", "scipy", "numba", "laspy", "lazrs")
HEAD = """# How Scree compares

By `make bench`; some rows by `make bench ROWS=rst-speed,accuracy`. `benchmarks/run.py --list` names the rows,
`--install-peers` installs the other programs. Times and memory are of runs file to file through `qgis_process`, a
process of its own; peak memory is that of the whole process, in MB of 2^20 bytes. Kernels were compiled by a run
before. Runs that are compared are interleaved. Where it is said, the time of an empty run (ten points) of the same
algorithm in the same session is subtracted. Accuracy is also measured through the Python API, in one process. Other
programs may map 12 GB each.
"""


def machine() -> dict[str, Any]:
    """Cores, memory and versions; nothing that names the machine."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(memory / (1 << 30)),
        "versions": _versions() | {f"{peer} (peer)": v for peer, v in peers.versions().items() if v},
    }


def _versions() -> dict[str, str]:
    found = {"Python": ".".join(map(str, sys.version_info[:3]))}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    try:
        said = subprocess.run(["qgis_process.bin", "--version"], capture_output=True, text=True, check=True).stdout
        found["QGIS"] = said.split("QGIS ", 1)[1].split("-", 1)[0].split()[0]
    except (OSError, subprocess.CalledProcessError, IndexError):
        pass
    return found


def write_document(path: Path, results: Path, rows: tuple[Row, ...] = ROWS) -> None:
    """Write the page from ``results/<row>.json``."""
    text = document(rows, {row.name: _read(results / f"{row.name}.json") for row in rows})
    # Commands name files from the checkout, wherever it lies.
    path.write_text(text.replace(f"{Path.cwd()}/", ""), encoding="utf-8")


def _read(path: Path) -> dict[str, Any] | None:
    return json.loads(path.read_text("utf-8")) if path.exists() else None


def document(rows: tuple[Row, ...], results: dict[str, dict[str, Any] | None]) -> str:
    """The whole page."""
    measured = {name: result for name, result in results.items() if result}
    lines = [HEAD, *_machines(measured)]
    head = ("row", "work", "anchor", "must reach", "measured", "command")
    lines += table(head, (_line(row, results[row.name]) for row in rows))
    for row in rows:
        result = measured.get(row.name)
        if result and (result["details"] or result["commands"]):
            lines += ["", f"## {row.name}", "", *result["details"]]
            lines += _commands(result["commands"])
    return "\n".join(lines) + "\n"


def _machines(measured: dict[str, dict[str, Any]]) -> list[str]:
    """One line for each kind of machine and set of versions that results came from."""
    kinds: dict[str, list[str]] = {}
    for name, result in measured.items():
        m = result["machine"]
        versions = ", ".join(f"{what} {number}" for what, number in m["versions"].items())
        kinds.setdefault(f"{m['cores']} cores, {m['memory_gb']} GB; {versions}", []).append(name)
    if len(kinds) == 1:
        return [f"Machine: {next(iter(kinds))}.", ""]
    return [line for kind, names in kinds.items() for line in (f"Machine of {', '.join(names)}: {kind}.", "")]


def _line(row: Row, result: dict[str, Any] | None) -> tuple[str, ...]:
    command = f"`make bench ROWS={row.name}`"
    if result is None:
        return row.name, row.work, row.anchor, row.target, "not measured yet", command
    verdict = {True: "**met**: ", False: "**missed**: ", None: ""}[result["met"]]
    return row.name, row.work, row.anchor, row.target, verdict + result["summary"], command


def _commands(commands: list[str], most: int = 8) -> list[str]:
    if not commands:
        return []
    more = [f"… and {len(commands) - most} more"] if len(commands) > most else []
    return ["", "```sh", *commands[:most], *more, "```"]
