# SPDX-License-Identifier: GPL-2.0-or-later
"""The command: which trials are done, two at a time, each in a child of its own."""

from __future__ import annotations

import argparse
import importlib
import math
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from .results import FAULT, Result, Results
from .summary import BARS, distinct, page

ROOT = Path(__file__).resolve().parent.parent.parent
KINDS = tuple(BARS)
INSIDE = "SCREE_CAMPAIGN_INSIDE"
WORK_MB = 3072
"""Size of the disk in memory all trials work on, where one can be mounted."""


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make campaign", description=__doc__)
    parser.add_argument("--kind", choices=KINDS, action="append", help="only this kind; may be repeated")
    parser.add_argument("--seed", type=int, help="only this one trial of each kind, done or not")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--trials", type=int, help="trials of each kind; else those of the bars")
    parser.add_argument("--share", type=float, default=1.0, help="this part of the trials of the bars")
    parser.add_argument("--minutes", type=float, default=0.0, help="stop after so many; 0 is no bound")
    parser.add_argument("--workers", type=int, default=2, help="trials at once")
    parser.add_argument("--results", type=Path, default=ROOT / "build" / "campaign" / "results.jsonl")
    parser.add_argument("--summary", action="store_true", help="write docs/campaign.md of the results, try nothing")
    return parser.parse_args()


def main() -> int:
    from scree.core.compiled import sources_hash

    asked = options()
    results = Results(asked.results)
    if asked.summary:
        (ROOT / "docs" / "campaign.md").write_text(page(results, sources_hash()), encoding="utf-8")
        print("docs/campaign.md")
        return 0
    private = enter_private_mounts()
    asked.results.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="work-", dir=asked.results.absolute().parent))
    try:
        if private:
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={WORK_MB}m", "tmpfs", str(folder)], check=True)
        return campaign(asked, results, folder, private, sources_hash())
    finally:
        if private:
            subprocess.run(["umount", "-R", "-l", str(folder)], check=False)
        shutil.rmtree(folder, ignore_errors=True)


def enter_private_mounts() -> bool:
    """Begin again in a mount namespace of our own; False where that cannot be."""
    if os.environ.get(INSIDE):
        return os.environ[INSIDE] == "private"
    way = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-rm"]
    able = shutil.which("unshare") and not subprocess.run([*way, "true"], capture_output=True).returncode
    if not able:
        print("Small disks cannot be mounted here (no unshare, or not allowed): no full disks are tried.")
        return False
    again = [*way, sys.executable, "-m", "campaign", *sys.argv[1:]]
    os.execve(shutil.which(way[0]) or way[0], again, {**os.environ, INSIDE: "private"})
    return True


def campaign(asked: argparse.Namespace, results: Results, folder: Path, private: bool, code: str) -> int:
    """Do the trials; the exit code is 1 where one of them found a fault."""
    from .place import Place

    for kind in KINDS:  # once here, not in every child
        importlib.import_module(f".{kind}", __package__)
    place = Place(folder)
    began = time.monotonic()
    place.prepare()
    print(f"Prepared in {time.monotonic() - began:.0f} s; code {code}.", flush=True)
    end = began + asked.minutes * 60 if asked.minutes else float("inf")
    done = set() if asked.seed is not None else results.done(code)
    found = []
    for result in run_all(
        place, waiting(asked, private, done), max(1, min(2, asked.workers)), end, code, asked.seed is not None
    ):
        results.add(result)
        found.append(result)
        if result.verdict == FAULT:
            print(f"FAULT {result.what}: {result.place}: {result.text}\n      {result.again}", flush=True)
        elif asked.seed is not None or len(found) % 500 == 0:
            print(f"{len(found):,} trials, the last {result.kind} {result.seed}: {result.verdict}", flush=True)
    return told(found, time.monotonic() - began)


def told(found: list[Result], seconds: float) -> int:
    for kind in KINDS:
        some = [result.verdict for result in found if result.kind == kind]
        if some:
            numbers = f"{some.count('refused'):,} refused, {some.count('long'):,} long, {some.count(FAULT):,} faults"
            print(f"{kind:9} {len(some):6,} trials, {numbers}")
    for (kind, what, where), some in distinct(found).items():
        print(f"  {len(some):5,} x {kind}: {what}: {where}   as {some[0].again}")
    print(f"{seconds:.0f} s")
    return int(any(result.verdict == FAULT for result in found))


def waiting(asked: argparse.Namespace, private: bool, done: set[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    """Kind and seed of the trials to do: the kinds advance together, each by its share."""
    kinds = [kind for kind in asked.kind or KINDS if private or kind != "disks"]
    if asked.seed is not None:
        yield from ((kind, asked.seed) for kind in kinds)
        return
    steps = 500
    wanted = {kind: math.ceil(BARS[kind] * asked.share) if asked.trials is None else asked.trials for kind in kinds}
    for step in range(steps):
        for kind in kinds:
            for seed in range(wanted[kind] * step // steps, wanted[kind] * (step + 1) // steps):
                if (kind, asked.first + seed) not in done:
                    yield kind, asked.first + seed


def run_all(
    place: Any, trials: Iterator[tuple[str, int]], workers: int, end: float, code: str, loud: bool
) -> Iterator[Result]:
    """The results of trials as they end; none is begun after ``end``."""
    from .forks import Child, fork

    running: list[tuple[str, int, Child]] = []
    more = True
    try:
        while more or running:
            while more and len(running) < workers:
                kind, seed = next(trials, ("", 0)) if time.monotonic() < end else ("", 0)
                if not kind:
                    more = False
                    break
                seconds = importlib.import_module(f".{kind}", __package__).SECONDS
                work = lambda kind=kind, seed=seed: one(kind, seed, place, loud)  # noqa: E731
                running.append((kind, seed, fork(work, seconds, leads=True)))
            for entry in list(running):
                kind, seed, child = entry
                late = not child.over() and child.late()
                if late or child.status is not None:
                    running.remove(entry)
                    verdict = ended(child, late)
                    child.close()
                    clean(place.folder, kind, seed)
                    yield Result(kind, seed, code, date.today().isoformat(), *verdict)
            time.sleep(0.002)
    finally:
        for _, _, child in running:
            child.kill()


def ended(child: Any, late: bool) -> list[str]:
    """Verdict, what, place and text of a trial."""
    if late:
        return [FAULT, "hang", child.hung_in(), "over the time of its kind"]
    answer = child.answer()
    if answer is None:
        return [FAULT, "died", child.died or f"exit {child.status}", ""]
    return answer


def one(kind: str, seed: int, place: Any, loud: bool) -> list[str]:
    """A trial, in its child; what libraries print is heard where ``loud``."""
    from .verdict import Fault

    if not loud:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return [importlib.import_module(f".{kind}", __package__).trial(seed, place), "", "", ""]
    except Fault as fault:
        return [FAULT, fault.what, fault.place, fault.text.replace(str(place.folder), "...")[:300]]
    except BaseException as error:
        import traceback

        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"tools/campaign/{kind}.py: {Path(last.filename).name} {last.name}"
        return [FAULT, "the campaign itself", where, f"{type(error).__name__}: {error}"[:300]]


def clean(folder: Path, kind: str, seed: int) -> None:
    """Remove what a trial left; a small disk of one that was killed too."""
    for path in folder.glob(f"{kind}-{seed}*"):
        if os.path.ismount(path):
            subprocess.run(["umount", "-l", str(path)], check=False)
        shutil.rmtree(path, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
