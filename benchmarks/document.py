# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/benchmarks.md, made from the results of rows in build/bench, whichever calls measured them.

Rows without a result there, as those another checkout measured, keep what the page says of them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import peers
from earlier import EarlierPage
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
    """Write the page from ``results/<row>.json`` and what it said before."""
    text = document(rows, {row.name: _read(results / f"{row.name}.json") for row in rows}, EarlierPage.read(path))
    # Commands name files from the checkout, wherever it lies.
    path.write_text(text.replace(f"{Path.cwd()}/", ""), encoding="utf-8")


def _read(path: Path) -> dict[str, Any] | None:
    return json.loads(path.read_text("utf-8")) if path.exists() else None


def document(rows: tuple[Row, ...], results: dict[str, dict[str, Any] | None], earlier: EarlierPage) -> str:
    """The whole page."""
    lines = [HEAD, *_machines(rows, results, earlier)]
    head = ("row", "work", "anchor", "must reach", "measured", "command")
    lines += table(head, (_line(row, results[row.name], earlier) for row in rows))
    for row in rows:
        result = results[row.name]
        if section := _section(result) if result else earlier.section(row.name):
            lines += ["", f"## {row.name}", "", *section]
    return "\n".join(lines) + "\n"


def _machines(rows: tuple[Row, ...], results: dict[str, dict[str, Any] | None], earlier: EarlierPage) -> list[str]:
    """One line for each kind of machine and set of versions that results came from."""
    kinds: dict[str, list[str]] = {}
    for row in rows:
        if result := results[row.name]:
            m = result["machine"]
            versions = ", ".join(f"{what} {number}" for what, number in m["versions"].items())
            kinds.setdefault(f"{m['cores']} cores, {m['memory_gb']} GB; {versions}", []).append(row.name)
        elif row.name in earlier.measured:
            kinds.setdefault(earlier.machine(row.name), []).append(row.name)
    if len(kinds) == 1:
        return [f"Machine: {next(iter(kinds))}.", ""]
    return [line for kind, names in kinds.items() for line in (f"Machine of {', '.join(names)}: {kind}.", "")]


def _line(row: Row, result: dict[str, Any] | None, earlier: EarlierPage) -> tuple[str, ...]:
    command = f"`make bench ROWS={row.name}`"
    if result is None:
        return row.name, row.work, row.anchor, row.target, earlier.said(row.name), command
    verdict = {True: "**met**: ", False: "**missed**: ", None: ""}[result["met"]]
    return row.name, row.work, row.anchor, row.target, verdict + result["summary"], command


def _section(result: dict[str, Any]) -> list[str]:
    """What goes below the heading of a measured row."""
    return [*result["details"], *_commands(result["commands"])]


def _commands(commands: list[str], most: int = 8) -> list[str]:
    if not commands:
        return []
    more = [f"… and {len(commands) - most} more"] if len(commands) > most else []
    return ["", "```sh", *commands[:most], *more, "```"]
