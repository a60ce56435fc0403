# SPDX-License-Identifier: GPL-2.0-or-later
"""laspy and lazrs, imported on first use; absent ones become a sentence with the command to type."""

from __future__ import annotations

import importlib
import sys
from functools import cache
from pathlib import Path
from typing import Any

from ..errors import MissingPackage

WANTED = '"laspy>=2.5,<3" "lazrs>=0.6,<0.9"'


def _command() -> str:
    """The pip line for this interpreter: into the QGIS profile where there is one.

    ``--no-deps`` keeps pip from putting a second NumPy before the one QGIS was built with.
    """
    profiles = [folder for folder in sys.path if Path(folder).name == "python" and "profiles" in Path(folder).parts]
    target = f'--target "{profiles[0]}" ' if profiles else ""
    python = "/usr/bin/python3" if sys.platform == "linux" else "python3"
    return f"{python} -m pip install {target}--no-deps {WANTED}"


@cache
def package(name: str) -> Any:
    """The module ``laspy`` or ``lazrs``.  Raises MissingPackage."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise MissingPackage(
            f"The Python package {name} is not installed and LAS and LAZ files need it: "
            f"run this, then start QGIS again: {_command()}"
        ) from error
