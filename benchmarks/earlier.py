# SPDX-License-Identifier: GPL-2.0-or-later
"""What the page of benchmarks says already: rows that a checkout has no results of keep theirs."""

from __future__ import annotations

import re
from pathlib import Path

MACHINE = re.compile(r"^Machine(?: of (?P<names>[^:]+))?: (?P<kind>.+)\.$")
UNMEASURED = "not measured yet"
Section = list[str]


class EarlierPage:
    """The page as it was, by row."""

    def __init__(self, text: str = "") -> None:
        head, *sections = re.split(r"^## ", text, flags=re.MULTILINE)
        named = (section.rstrip("\n").partition("\n\n") for section in sections)
        self._sections = {name: body.split("\n") for name, _, body in named}
        self._said: dict[str, str] = {}
        machines: list[re.Match[str]] = []
        for line in head.splitlines():
            cells = line.removeprefix("| ").removesuffix(" |").split(" | ")
            if line.endswith("` |"):
                self._said[cells[0]] = cells[-2]
            elif found := MACHINE.match(line):
                machines.append(found)
        self._machines = {
            name: found["kind"]
            for found in machines
            for name in (found["names"].split(", ") if found["names"] else self.measured)
        }

    @staticmethod
    def read(path: Path) -> EarlierPage:
        return EarlierPage(path.read_text("utf-8") if path.exists() else "")

    @property
    def measured(self) -> list[str]:
        """Rows with numbers."""
        return [name for name, said in self._said.items() if said != UNMEASURED]

    def said(self, row: str) -> str:
        """What the table says was measured."""
        return self._said.get(row, UNMEASURED)

    def machine(self, row: str) -> str:
        """The kind of machine a measured row came from."""
        return self._machines.get(row, "not said")

    def section(self, row: str) -> Section:
        """The lines below the row's heading."""
        return self._sections.get(row, [])
