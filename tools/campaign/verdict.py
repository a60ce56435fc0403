# SPDX-License-Identifier: GPL-2.0-or-later
"""What a trial may end with: "ok", "refused" by a clear sentence, or a Fault."""

from __future__ import annotations

import hashlib
import re
import sqlite3
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from scree.core.errors import Cancelled, ScreeError
from scree.core.jobs.progress import Silent
from scree.core.neighborhood.expression.errors import LanguageError

CORE = "/scree/core/"
LONGEST = 2_000
"""Characters of a message; a longer one is no sentence."""


class Fault(Exception):
    """``what`` went wrong, and ``place``: the same for all trials that meet the same fault."""

    def __init__(self, what: str, place: str, text: str = "") -> None:
        super().__init__(what, place, text)
        self.what, self.place, self.text = what, place, text


def attempt(work: Callable[[], Any], said: list[str] | None = None) -> str:
    """ "ok", "refused" or "long" (cancelled); ``said`` gets the sentence of a refusal.

    Raises Fault for an exception that is no ScreeError, or whose text is no sentence.
    """
    try:
        work()
        return "ok"
    except Cancelled:
        return "long"
    except ScreeError as error:
        text = str(error)
        lines = 3 if isinstance(error, LanguageError) else 1  # the sentence, the text it is about, and a caret
        if text.strip() and text.count("\n") < lines and "\0" not in text and len(text) <= LONGEST:
            if said is not None:
                said.append(text)
            return "refused"
        fault = Fault("no sentence", place_of(error), f"{type(error).__name__}: {text[:300]!r}")
    except Fault as error:
        fault = error
    except BaseException as error:
        fault = Fault(type(error).__name__, place_of(error), f"{type(error).__name__}: {str(error)[:300]}")
    raise fault  # outside of the handlers: it holds nothing of the run alive


def cancel_after(seconds: float) -> None:
    """Cancel the run that begins now, as its user would, if it takes so long."""
    end = time.monotonic() + seconds
    Silent.is_cancelled = lambda self: time.monotonic() > end  # type: ignore[method-assign]


def place_of(error: BaseException) -> str:
    """File and function of core/ where an exception came up."""
    frames = traceback.extract_tb(error.__traceback__)
    frame = ([f for f in frames if CORE in f.filename] or frames)[-1]
    _, core, after = frame.filename.rpartition(CORE)
    return f"{'core/' + after if core else Path(frame.filename).name} {frame.name}"


def content(folder: Path) -> dict[str, str]:
    """Hash of every file below ``folder`` by name; of a GeoPackage, of its rows without the time of writing."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            data = rows_of(path) if path.suffix == ".gpkg" else path.read_bytes()
            found[str(path.relative_to(folder))] = hashlib.sha256(data).hexdigest()[:16]
    return found


def rows_of(path: Path) -> bytes:
    """The rows of a GeoPackage; of a file that is none, its bytes."""
    try:
        database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        text = "\n".join(database.iterdump())
        database.close()
    except sqlite3.Error:
        return path.read_bytes()
    return re.sub(r"'\d{4}-\d\d-\d\dT[\d:.]+Z'", "''", text).encode()


JOB = re.compile(r"(^|/)scree-[0-9a-f]{16}(/|$)")
TEMPORARY = re.compile(
    r"\.part$|-part$|\.part\.|\.scree-part|\.tmp$|-journal$|-wal$|(^|/)scree-(generation|journal\.json|lock|reader)"
)


TILES = re.compile(r"(^|/)scree-generation-")


def refuse_temporary(folder: Path, who: str, *, job: bool, tiles: bool = False) -> None:
    """Raise Fault for temporary files that the run ``who`` left.

    To be resumed may stay, with ``job``, a job folder, and with ``tiles`` those of a map that wait for the switch.
    """
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if JOB.search(name):
            if not job:
                raise Fault("job folder left", who, name)
        elif TEMPORARY.search(name) and not (tiles and TILES.search(name)):
            raise Fault("temporary left", f"{who}: {re.sub(r'[0-9]+', '*', path.name)}", name)


def refuse_other(found: Mapping[str, str], expected: Mapping[str, str], what: str, *, whole: bool) -> None:
    """Raise Fault where a file is not the expected one, or, with ``whole``, is not there."""
    wrong = [name for name in found if name in expected and found[name] != expected[name]]
    wrong += [name for name in expected if whole and name not in found]
    wrong += [name for name in found if name not in expected]
    if wrong:
        raise Fault("other bytes", what, f"{len(wrong)} files, as {wrong[0]}")


def outputs(folder: Path) -> dict[str, str]:
    """``content`` without job folders and temporary files, which are judged by themselves."""
    return {n: value for n, value in content(folder).items() if not JOB.search(n) and not TEMPORARY.search(n)}
