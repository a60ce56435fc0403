# SPDX-License-Identifier: GPL-2.0-or-later
"""Inputs are never changed, and no output takes the place of another: refused before the work."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from ..errors import OptionError


def refuse_overwriting(outputs: Mapping[str, str], inputs: Iterable[str]) -> None:
    """Raise OptionError where one of ``outputs`` (paths by parameter; '' is not wanted) is an input or another output.

    Links to a file are that file.
    """
    read = {_real(path) for path in inputs if path}
    written: dict[str, str] = {}
    for name, path in outputs.items():
        if not path:
            continue
        if _real(path) in read:
            raise OptionError(f"{name} is {path}, which the run reads: inputs are never changed, name another file.")
        other = written.setdefault(_real(path), name)
        if other != name:
            raise OptionError(f"{other} and {name} are both {path}: name two files.")


def _real(path: str) -> str:
    return os.path.normcase(os.path.realpath(path))
