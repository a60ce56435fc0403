# SPDX-License-Identifier: GPL-2.0-or-later
"""How a run's tiles take their places at once: a generation folder, switched by a journal.

A run writes its tiles to ``generation`` inside the map and nothing else.  When all of them are on
the disk the journal appears, with the new metadata in it: from that instant the run counts.  Moving the
tiles is then repeated, as often as it is cut short, until the journal is gone; a tile that was
moved is no longer there to be moved, so a replay changes nothing twice.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import InputError, OutputError
from ..jobs.disk import written_to
from ..jobs.lock import FileLock
from ..json_text import parsed
from .files import sync_all, sync_folder, write_whole
from .grid import TileIndex
from .metadata import NAME, Metadata
from .tile_files import META, TREE

GENERATION = "scree-generation"
JOURNAL = "scree-journal.json"
LOCK = "scree-lock"
OWN = {GENERATION, JOURNAL, LOCK}
"""What a map folder may hold of ours before it has a metadata.json."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other runs from changing the map.  Raises OutputError if one does now."""
    with written_to(folder / LOCK):
        try:
            lock = FileLock(folder / LOCK)
        except BlockingIOError as error:
            raise OutputError(f"Another run is changing {folder}: wait for it or cancel it.") from error
    try:
        yield
    finally:
        lock.release_and_delete()


def commit(folder: Path, metadata: Metadata) -> None:
    """Make the tiles of the generation the map's, with this metadata.  Raises OutputError."""
    with written_to(folder):
        sync_all(folder / GENERATION)
    write_whole(folder / JOURNAL, metadata.encoded(), sync=True)
    sync_folder(folder)
    recover(folder)


def recover(folder: Path) -> bool:
    """Bring a journal that was left to its end; False where there is none."""
    journal, generation = folder / JOURNAL, folder / GENERATION
    if not journal.exists():
        return False
    metadata = journal.read_bytes()
    try:
        parsed(metadata)
    except ValueError as error:
        raise InputError(f"{journal} is damaged: restore the map from a copy.") from error
    with written_to(folder):
        for source in sorted(generation.iterdir()) if generation.is_dir() else []:
            if TileIndex.parse(source.name) is not None:
                _move(source, folder / source.name)
        sync_all(folder)
        write_whole(folder / NAME, metadata, sync=True)
        discard_generation(folder)
        journal.unlink()
        sync_folder(folder)
    return True


def discard_generation(folder: Path) -> None:
    """Delete what an unfinished run left, and nothing that is not ours."""
    generation = folder / GENERATION
    if generation.is_symlink() or not generation.is_dir():
        return
    for tile in generation.iterdir():
        if TileIndex.parse(tile.name) is not None and not tile.is_symlink():
            shutil.rmtree(tile)
        elif tile.is_file():
            tile.unlink()
    generation.rmdir()


def _move(source: Path, target: Path) -> None:
    if not target.exists():
        os.rename(source, target)
        return
    for name in (TREE, META):
        if (source / name).exists():
            os.replace(source / name, target / name)
