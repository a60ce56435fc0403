# SPDX-License-Identifier: GPL-2.0-or-later
"""Tiles that killed or cancelled updates left inside maps: found beside their job folders, and deleted with them."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import OutputError
from ..jobs.folder import FoundFolder
from ..jobs.lock import FileLock
from .journal import GENERATION, JOURNAL, LOCK, discard_generation, locked


def find_generations(parent: Path) -> list[FoundFolder]:
    """Folders with the tiles of unfinished runs, in the maps directly in ``parent``; not those of a run that counts.

    Raises OSError.
    """
    found = []
    for folder in sorted(p for p in parent.iterdir() if p.is_dir() and not p.is_symlink()):
        try:
            left = sorted(p for p in folder.iterdir() if is_generation(p))
            if left and not os.path.lexists(folder / JOURNAL):
                used = _is_locked(folder)
                found += [FoundFolder(path, _bytes(path), used) for path in left]
        except OSError:  # not ours to read, or gone since
            continue
    return found


def is_generation(path: Path) -> bool:
    """True for a folder with the tiles of a run, in a map."""
    return path.name.startswith(GENERATION) and path.is_dir() and not path.is_symlink()


def delete_generation(path: Path) -> tuple[str, ...]:
    """Delete the tiles of an unfinished run; names of what is not Scree's, for which the folder was left.

    Raises OutputError where a run is changing the map, or the run counts.
    """
    with locked(path.parent):
        if os.path.lexists(path.parent / JOURNAL):
            raise OutputError(f"{path} belongs to a run that counts: the next run over the map completes it.")
        discard_generation(path.parent)
    return tuple(sorted(entry.name for entry in path.iterdir())) if path.exists() else ()


def _is_locked(folder: Path) -> bool:
    if not (folder / LOCK).exists():
        return False
    try:
        FileLock(folder / LOCK).release()
    except OSError:
        return True
    return False


def _bytes(folder: Path) -> int:
    """Of a folder of tiles."""
    total = 0
    with os.scandir(folder) as tiles:
        for tile in tiles:
            if tile.is_dir(follow_symlinks=False):
                with os.scandir(tile.path) as files:
                    total += sum(file.stat(follow_symlinks=False).st_size for file in files)
    return total
