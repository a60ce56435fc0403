# SPDX-License-Identifier: GPL-2.0-or-later
"""What runs that were killed or cancelled left in a folder: found, and removed where no run holds it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError, OutputError
from . import part
from .folder import FoundFolder, delete_job_folder, find_job_folders
from .part import FoundPart, delete_part, find_parts

Leftover = FoundFolder | FoundPart


@dataclass(frozen=True)
class Cleaned:
    """Paths, and the bytes of those removed."""

    removed: tuple[Path, ...]
    in_use: tuple[Path, ...]
    """Held by a run, or on a volume that is not ours to write."""
    kept: tuple[Path, ...]
    """With files in them that are not Scree's."""
    bytes: int


def find_leftovers(parent: Path) -> list[Leftover]:
    """Job folders and unfinished outputs directly in ``parent``; never through a link.  Raises OSError."""
    return [*find_job_folders(parent), *find_parts(parent)]


def delete_leftover(path: Path) -> tuple[str, ...]:
    """Delete a job folder or an unfinished output; names of what is not Scree's, for which it was left.

    Raises OutputError where it is none of ours, or a run holds it.
    """
    return delete_part(path) if part.NAME.fullmatch(path.name) else delete_job_folder(path)


def clean(folder: Path) -> Cleaned:
    """Remove what killed and cancelled runs left directly in ``folder``; such runs start anew.

    Raises InputError where it is no folder, OutputError where something cannot be removed.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder: name the one outputs or scratch data were written to.")
    removed: list[Path] = []
    in_use: list[Path] = []
    kept: list[Path] = []
    size = 0
    for found in find_leftovers(folder):
        try:
            gone = not found.locked and not delete_leftover(found.path)
        except OutputError:
            if not found.path.exists():  # a run of the same work has ended since
                continue
            raise
        (removed if gone else in_use if found.locked else kept).append(found.path)
        size += found.bytes if gone else 0
    return Cleaned(tuple(removed), tuple(in_use), tuple(kept), size)
