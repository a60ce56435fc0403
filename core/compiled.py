# SPDX-License-Identifier: GPL-2.0-or-later
"""The one way a kernel is compiled: strict arithmetic, no interpreter lock, cached on disk.

numba's own cache does not notice a changed callee in another file and fails beside a read-only
plugin, so the cache lives in ``<user cache>/scree/<hash>``: the hash covers the sources of
``core/``, the versions of numba and NumPy, and the CPU.  ``fastmath`` is never used: its results
differ between processors.
"""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from .errors import MissingPackage
from .packages import lacks

try:
    import numba
except ImportError as error:  # pragma: no cover - exercised by the test that hides packages
    raise MissingPackage(lacks("numba", "Scree's kernels need it", error)) from error

Function = TypeVar("Function", bound=Callable[..., Any])


@cache
def sources_hash() -> str:
    """Hash of every source file under ``core/``: changes whenever any result could."""
    digest = hashlib.sha256()
    root = Path(__file__).parent
    for path in sorted(root.rglob("*.py")):
        digest.update(str(path.relative_to(root)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@cache
def cpu_name() -> str:
    """The processor as LLVM names it: code compiled for one may not run on another."""
    from llvmlite import binding

    return str(binding.get_host_cpu_name())


def _cache_folder() -> Path:
    if os.name == "nt":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    import numpy

    words = (sources_hash(), numba.__version__, numpy.__version__, cpu_name(), platform.python_version())
    return base / "scree" / hashlib.sha256("|".join(words).encode()).hexdigest()[:16]


if not os.environ.get("NUMBA_CACHE_DIR"):
    numba.config.CACHE_DIR = str(_cache_folder())


def kernel(function: Function) -> Function:
    """Compile lazily, on the first call with each set of types; ``nogil``, cached, strict."""
    return numba.njit(nogil=True, cache=True, error_model="numpy")(function)
