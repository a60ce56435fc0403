# SPDX-License-Identifier: GPL-2.0-or-later
"""Mutants of text: of definitions, filters and formulas by their words, of JSON by its nodes, of tables by cells."""

from __future__ import annotations

import json
import random
import re
from typing import Any

NUMBERS = (
    "0", "-1", "1e309", "-1e309", "nan", "inf", "1e-320", "9" * 400, "0x10", "1_000", "1,5", "00", "2147483648", "1e15",
    "", "-", ".", "18446744073709551616",
)  # fmt: skip
WORDS = re.compile(r"[A-Za-z_][A-Za-z_0-9]*|\d+\.?\d*(?:[eE][-+]?\d+)?|\s+|.", re.DOTALL)
STRANGE = ("\0", "é", "\u202e", "\U0001f600", "\n", "'", '"', "\\", "%s", "\ufeff")

DEFINITIONS = (
    "knn(k=8 dim=3d)", "circle(r=2)", "sphere(r=1.5) minPtCount=3", "cylinder(r=2 z=4) sort(2d)", "box(s=2)",
    "knn(k=6) sectors(n=4)", "window(s=3) sampling(cellsize=1 select=all border=bl)", "circle(r=2) or knn(k=3)",
    "sphere(r=1 + 0.5) maxSearchDistance=3", "circle(d=3) sampling(cellsize=0.5 select=mean[z])",
    "knn(k=5 dim=2d) filter=Class[2]", "circle(r=2) filter=Generic[z > b.z]",
)  # fmt: skip
FILTERS = (
    "Class[2]", "Class[Ground, 5]", "Echo[Last]", "Generic[z > 100]", "Generic[z > 100 and Amplitude < 20]",
    "Class[2] and not Echo[First]", "(Class[2] or Class[5]) and Generic[x > 0]", "Generic[sqrt(z) > 10]",
    "Generic[z == z]", "Generic[abs(z - 100) <= 2 ? 1 : 0]",
)  # fmt: skip
FORMULAS = (
    "_a = z * 2", "_a(int16) = z * 7 + x; UserData = Amplitude / 11", "_d = n[1].z - z", "_m = sqrt(abs(z))",
    "Amplitude = n[2].Amplitude", "_f = z > 100 ? 1 : 0", "_u(uint8) = 300", "_r = z - r[0]",
)  # fmt: skip


def mutated_words(text: str, rng: random.Random) -> str:
    """A text of the language after one to four mutations of its words."""
    words = WORDS.findall(text)
    for _ in range(rng.choice((1, 1, 2, 4))):
        at = rng.randrange(len(words)) if words else 0
        kind = rng.randrange(9)
        if kind == 0 and words:
            del words[at]
        elif kind == 1 and words:
            words.insert(at, words[at])
        elif kind == 2 and words:
            other = rng.randrange(len(words))
            words[at], words[other] = words[other], words[at]
        elif kind == 3:
            numbers = [i for i, word in enumerate(words) if word[0].isdigit()]
            if numbers:
                words[rng.choice(numbers)] = rng.choice(NUMBERS)
        elif kind == 4:
            words.insert(at, rng.choice(STRANGE))
        elif kind == 5:
            words.insert(at, rng.choice("()[]=<>+-*/?:;,.!~^&|") * rng.choice((1, 1, 2, 500, 3000)))
        elif kind == 6:
            words.insert(at, rng.choice(WORDS.findall(rng.choice((*DEFINITIONS, *FILTERS, *FORMULAS)))))
        elif kind == 7 and words:
            words[at] = words[at] * rng.choice((2, 100, 5000))
        elif words:
            words[at] = words[at].swapcase()
    return "".join(words)


VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 2**31, 2**63, 10**400, 1e300, 5e-324, float("nan"), float("inf"), "", "x" * 5000, "\0", "../..",
    "http://example.org/a.las", "/dev/zero", [], {}, [[]], "é\udcff", [[[0]]], -0.0, "1",
)  # fmt: skip


def mutated_json(text: str, rng: random.Random) -> bytes:
    """JSON with nodes replaced, deleted, repeated or nested."""
    tree = json.loads(text)
    for _ in range(rng.choice((1, 1, 2, 3))):
        owners = list(_owners(tree))
        if not owners:
            break
        owner = rng.choice(owners)
        key = rng.choice(list(owner) if isinstance(owner, dict) else range(len(owner)))
        kind = rng.randrange(6)
        if kind == 0:
            del owner[key]
        elif kind == 1 and isinstance(owner, list):
            owner.insert(key, owner[key])
        elif kind == 2 and isinstance(owner, dict):
            owner[rng.choice(("type", "x" * 100, "", "features", "runs"))] = owner[key]
        else:
            owner[key] = rng.choice(VALUES)
    out = json.dumps(tree).encode("utf-8", "surrogatepass")
    if rng.random() < 0.05:
        depth = rng.choice((50, 5000))
        out = b"[" * depth + out + b"]" * depth
    return out


def _owners(tree: Any) -> Any:
    if isinstance(tree, (dict, list)):
        if tree:
            yield tree
        for child in tree.values() if isinstance(tree, dict) else tree:
            yield from _owners(child)


def mutated_table(text: str, rng: random.Random) -> bytes:
    """A table of text with cells, lines or separators changed."""
    lines = text.splitlines()
    for _ in range(rng.choice((1, 2, 5))):
        at = 0 if rng.random() < 0.2 else rng.randrange(len(lines)) if lines else 0
        cells = lines[at].split(" ") if lines else [""]
        cell, kind = rng.randrange(len(cells)), rng.randrange(7)
        if not lines:
            break
        if kind == 0:
            del lines[at]
            continue
        if kind == 1:
            lines.insert(at, lines[at])
            continue
        if kind == 2:
            cells[cell] = rng.choice(NUMBERS)
        elif kind == 3:
            cells[cell] = rng.choice(STRANGE)
        elif kind == 4:
            del cells[cell]
        elif kind == 5:
            cells.insert(cell, cells[cell] * rng.choice((1, 1000)))
        lines[at] = (rng.choice(",;\t|") if kind == 6 else " ").join(cells)
    out = rng.choice(("\n", "\n", "\r\n", "\r")).join(lines).encode("utf-8", "surrogatepass")
    return rng.choice((b"", b"", b"", b"\xff\xfe", b"\xef\xbb\xbf")) + out
