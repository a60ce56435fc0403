# SPDX-License-Identifier: GPL-2.0-or-later
"""What was tried: one line of JSON a trial, found again by kind, seed and hash of the code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

FAULT = "FAULT"


@dataclass(frozen=True)
class Result:
    """One trial; ``code`` is the hash of the sources of core/."""

    kind: str
    seed: int
    code: str
    date: str
    verdict: str
    """ok, refused, long (cancelled, and it ended at once), late (a kill after the end) or FAULT."""
    what: str = ""
    place: str = ""
    text: str = ""

    def line(self) -> str:
        return (
            json.dumps({name: value for name, value in asdict(self).items() if value != ""}, ensure_ascii=True) + "\n"
        )

    @property
    def again(self) -> str:
        """The command that does it again."""
        return f"make campaign OPTIONS='--kind {self.kind} --seed {self.seed}'"


class Results:
    """The file; a line that was cut by a kill is left out, and its trial is done again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)

    def __iter__(self) -> Iterator[Result]:
        """The last result of each trial, in the order of the first."""
        found: dict[tuple[str, int, str], Result] = {}
        if self.path.exists():
            for line in self.path.read_text("utf-8").splitlines():
                try:
                    result = Result(**json.loads(line))
                except (ValueError, TypeError):
                    continue
                found[result.kind, result.seed, result.code] = result
        return iter(found.values())

    def done(self, code: str) -> set[tuple[str, int]]:
        """Kind and seed of the trials of this code."""
        return {(result.kind, result.seed) for result in self if result.code == code}

    def add(self, result: Result) -> None:
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(result.line())
