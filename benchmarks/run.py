# SPDX-License-Identifier: GPL-2.0-or-later
"""`make bench`: measure the rows of the table in docs/benchmarks.md and write that page.

run.py [--rows rst-speed,accuracy] [--list] [--quick] [--install-peers] [--keep]

Each row prints its numbers as JSON and leaves them in build/bench/<row>.json; the page is made from
all that lie there, so rows may be measured in different calls.  ``--quick`` runs every line on tiny
clouds, keeps its results apart and writes no page.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from document import machine, write_document
from measure import MeasureError
from rows import ROWS, Row
from session import FOLDER, Bench, prepare_environment

PAGE = Path("docs") / "benchmarks.md"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", default="", help="names, separated by commas or spaces; all where empty")
    parser.add_argument("--list", action="store_true", help="name the rows and end")
    parser.add_argument("--quick", action="store_true", help="tiny clouds: to see that everything works")
    parser.add_argument("--install-peers", action="store_true", help="install the programs to compare with (apt, pip)")
    parser.add_argument("--keep", action="store_true", help="keep large clouds and rasters in build/bench")
    a = parser.parse_args(arguments)
    if a.list:
        for row in ROWS:
            print(f"{row.name:12} {row.work}")
        return 0
    rows = _chosen(a.rows)
    prepare_environment()
    if a.install_peers:
        import peers

        peers.install()
        if not a.rows:
            return 0
    bench = Bench(a.quick)
    try:
        failed = [row.name for row in rows if not measure_row(bench, row)]
    finally:
        if not a.keep:
            bench.tidy()
    if not a.quick:
        write_document(PAGE, FOLDER)
        print(f"Written: {PAGE}")
    if failed:
        print(f"Not measured: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _chosen(names: str) -> list[Row]:
    wanted = names.replace(",", " ").split()
    known = {row.name: row for row in ROWS}
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise SystemExit(f"No row is called {', '.join(unknown)}; the rows are {', '.join(known)}.")
    return [known[name] for name in wanted] or list(ROWS)


def measure_row(bench: Bench, row: Row) -> bool:
    """Measure, print and store a row; False where a run failed, which is said and stops no other row."""
    from scree.core.errors import ScreeError

    print(f"{row.name}: {row.work}", flush=True)
    bench.commands.clear()
    started = time.monotonic()
    try:
        outcome = row.measure(bench)
    except (MeasureError, ScreeError) as error:
        print(f"  failed: {error}", file=sys.stderr, flush=True)
        return False
    result = {
        "row": row.name,
        "summary": outcome.summary,
        "met": outcome.met,
        "numbers": outcome.numbers,
        "details": outcome.details,
        "commands": bench.commands.copy(),
        "machine": machine(),
    }
    (bench.folder / f"{row.name}.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps({"row": row.name, "met": outcome.met, **outcome.numbers}), flush=True)
    print(f"  {outcome.summary}  ({time.monotonic() - started:.0f} s in all)", flush=True)
    return True


if __name__ == "__main__":
    sys.exit(main())
