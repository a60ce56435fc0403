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

import numpy as np

from .errors import MissingPackage
from .packages import lacks

try:
    import numba
except ImportError as error:  # pragma: no cover - exercised by the test that hides packages
    raise MissingPackage(lacks("numba", "Scree's kernels need it", error)) from error

Function = TypeVar("Function", bound=Callable[..., Any])
Class = TypeVar("Class", bound=type)


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
    words = (sources_hash(), numba.__version__, np.__version__, cpu_name(), platform.python_version())
    return base / "scree" / hashlib.sha256("|".join(words).encode()).hexdigest()[:16]


if not os.environ.get("NUMBA_CACHE_DIR"):
    numba.config.CACHE_DIR = str(_cache_folder())


def kernel(function: Function) -> Function:
    """Compile lazily, on the first call with each set of types; ``nogil``, cached, strict."""
    return numba.njit(nogil=True, cache=True, error_model="numpy")(function)


def argument(named_tuple: Class) -> Class:
    """A NamedTuple that kernels are called with from Python: its numba type is found here.

    numba finds it by a text of names and types.  Up to version 0.56 the first 40 bytes of a longer text are whatever
    lies in memory: the type is often not found, and each time a few hundred bytes are kept for good.  A value that
    has no ``_asdict`` gets no such text, and is asked for its ``_numba_type_``; the class has both.
    """
    named_tuple._asdict = _OfClassOnly(named_tuple._asdict)  # type: ignore[attr-defined]
    named_tuple._numba_type_ = property(_type_of)  # type: ignore[attr-defined]
    return named_tuple


class _OfClassOnly:
    """A method that the class has and its values lack."""

    def __init__(self, method: Callable[..., Any]) -> None:
        self._method = method

    def __get__(self, value: object, owner: type) -> Callable[..., Any]:
        if value is not None:
            raise AttributeError("_asdict")
        return self._method


_types: dict[Any, Any] = {}
"""numba types by kind: a few for each class."""


def _type_of(value: Any) -> Any:
    kind = _kind(value)
    found = _types.get(kind)
    if found is None:
        found = _types[kind] = numba.typeof(value)
    return found


def _kind(value: Any) -> Any:
    """What decides the numba type of a value."""
    if isinstance(value, np.ndarray):
        return value.dtype, value.ndim, value.flags.num
    return (type(value), *map(_kind, value)) if isinstance(value, tuple) else type(value)
