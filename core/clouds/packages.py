# SPDX-License-Identifier: GPL-2.0-or-later
"""laspy and lazrs, imported on first use."""

from __future__ import annotations

import importlib
from functools import cache
from typing import Any

from ..errors import MissingPackage
from ..packages import lacks


@cache
def package(name: str) -> Any:
    """The module ``laspy`` or ``lazrs``.  Raises MissingPackage."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise MissingPackage(lacks(name, "LAS and LAZ files need it", error)) from error
