# SPDX-License-Identifier: GPL-2.0-or-later
"""Every error a user may meet: one root, a child for each kind of cause.

A message is one sentence that states what was found, the rule, and what to do.
Children also inherit the matching built-in, so ``except OSError`` keeps working.
"""

from __future__ import annotations

import re

LONG_WORD = re.compile(r"[^\s/\\]{256,}|\d[\d,.]{99,}")
"""No name of a file is so long, and nobody reads such a number."""
SHOWN = 60
"""Characters of a long word that are shown."""
UNSEEN = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, those that turn the direction of a line, and halves of characters, which cannot be printed."""


def legible(text: str) -> str:
    """What users and files gave, fit for a message: what cannot be seen is marked, and long words are cut."""
    text = UNSEEN.sub("\N{REPLACEMENT CHARACTER}", text)
    return LONG_WORD.sub(lambda word: f"{word.group()[:SHOWN]}...", text)


class ScreeError(Exception):
    """Root of all errors Scree raises on purpose."""

    def __str__(self) -> str:
        return legible(super().__str__())


class InputError(ScreeError, ValueError):
    """A cloud, raster or polygon file cannot be used."""


class OptionError(ScreeError, ValueError):
    """A parameter has a value that cannot work."""


class OutputError(ScreeError, OSError):
    """An output, or the scratch folder, cannot be written."""


class StoreError(ScreeError, OSError):
    """A file of a job folder is damaged."""


class MemoryLimitError(ScreeError, MemoryError):
    """The work cannot be done within MAX_MEMORY."""


class MissingPackage(ScreeError, ImportError):
    """A Python package that is needed to run is not installed."""


class Cancelled(ScreeError):
    """The user asked to stop."""
