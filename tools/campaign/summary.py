# SPDX-License-Identifier: GPL-2.0-or-later
"""The page of docs that tells what the campaign found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from .results import FAULT, Result

HEAD = """# The campaign

`make campaign` tries to break Scree: each trial is made from a number (its seed), so that everybody can do it again.
"""
TRIED = {
    "mutants": (
        "an input, a text or a file of a map is spoiled, and a run reads it",
        "an answer, or one clear sentence; inputs unchanged, no temporary file left, memory kept, an end within 30 s "
        "(long work is cancelled after 20)",
    ),
    "kills": (
        "SIGKILL at random moments of a run, then the run again with other memory and threads",
        "the bytes of a run that nobody killed; nothing left over",
    ),
    "races": (
        "two runs on one output, job folder or map; a reader beside an updater; an input replaced",
        "whole results, whole maps, or a sentence",
    ),
    "disks": (
        "a run on a disk that gets full, then elsewhere",
        "a sentence; nothing lost or half written; elsewhere the bytes of an undisturbed run",
    ),
    "memory": (
        "clouds and polygons made to break MAX_MEMORY",
        "the peak of the process stays under MAX_MEMORY, or the run is refused",
    ),
    "failures": (
        "a call of the system fails (write, fsync, open, rename, replace, unlink, mkdir, rmdir), in most trials while "
        "a map switches its tiles; then the run again",
        "a sentence; the state before or the state after; again the bytes of an undisturbed run; nothing left over "
        "(what the system refused to remove goes by **Clear Scratch**)",
    ),
}
"""What a kind does, and what must hold."""
FIGURES = """
Results are kept in `build/campaign/results.jsonl` by kind, seed and a hash of the code; a trial done for this code is
not done again. `OPTIONS='--minutes 30'` bounds the time, `--kind` and `--seed` do one trial again,
`--summary` writes this page. A few trials of each kind run with the tests.
A run is long if it was cancelled and ended at once; a kill is late if the run was over before it.

## Figures
"""
BARS = {"mutants": 10_000, "kills": 1_000, "races": 300, "disks": 200, "memory": 25, "failures": 750}
"""Trials each kind is to have without a fault; 0.7 of the failures meet a switch of a map."""


def page(results: Iterable[Result], code: str) -> str:
    """The page in Markdown: figures by kind and code, the newest first, and the distinct faults of this code."""
    results = list(results)
    codes = list(dict.fromkeys(result.code for result in reversed(results)))
    lines = [HEAD, "| kind | what is tried | what must hold |", "| --- | --- | --- |"]
    lines += [f"| {kind} | {what} | {must} |" for kind, (what, must) in TRIED.items()]
    lines += [FIGURES, "| code | kind | trials | wanted | ok | refused | long or late | faults | from | to |"]
    lines.append("| --- | --- | --: | --: | --: | --: | --: | --: | --- | --- |")
    for each in codes:
        for kind, wanted in BARS.items():
            some = [result for result in results if result.code == each and result.kind == kind]
            if some:
                lines.append(_row(each, kind, wanted, some))
    faults = distinct(result for result in results if result.code == code)
    lines += ["", f"## Faults of the code {code}", ""]
    if not faults:
        lines.append("None.")
    else:
        lines += ["| kind | what | where | trials | one of them |", "| --- | --- | --- | --: | --- |"]
        for (kind, what, place), some in faults.items():
            lines.append(f"| {kind} | {_cell(what)} | {_cell(place)} | {len(some)} | `{some[0].again}` |")
    return "\n".join(lines) + "\n"


def _row(code: str, kind: str, wanted: int, some: list[Result]) -> str:
    counts = Counter(result.verdict for result in some)
    dates = sorted(result.date for result in some)
    numbers = (len(some), wanted, counts["ok"], counts["refused"], counts["long"] + counts["late"], counts[FAULT])
    return f"| {code} | {kind} | {' | '.join(f'{n:,}' for n in numbers)} | {dates[0]} | {dates[-1]} |"


def distinct(results: Iterable[Result]) -> Mapping[tuple[str, str, str], list[Result]]:
    """Trials that met a fault, by kind, fault and place."""
    found: dict[tuple[str, str, str], list[Result]] = {}
    for result in results:
        if result.verdict == FAULT:
            found.setdefault((result.kind, result.what, result.place), []).append(result)
    return dict(sorted(found.items()))


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")
