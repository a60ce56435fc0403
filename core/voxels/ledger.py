# SPDX-License-Identifier: GPL-2.0-or-later
"""Which bins of a run are done: a result of the job for every few of them, with the tiles they left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from .grid import TileIndex
from .journal import delete_tile
from .spool import Bin
from .tile_files import TileFiles

if TYPE_CHECKING:
    from ..jobs.folder import JobFolder

BINS_AT_ONCE = 64
"""Bins between two entries: small maps have thousands, and a file for each would take longer than they do."""


class Ledger:
    """Groups of bins in their order, and the tiles of each once it is done."""

    def __init__(self, folder: JobFolder, files: TileFiles, bins: Sequence[Bin]) -> None:
        """Drops tiles that no finished group left: applied again they would count double."""
        self._folder, self._files = folder, files
        self._groups = [tuple(bins[i : i + BINS_AT_ONCE]) for i in range(0, len(bins), BINS_AT_ONCE)]
        self._done = [self._is_done(number) for number in range(len(self._groups))]
        self._drop_unfinished()

    @property
    def done(self) -> set[Bin]:
        """Bins that an earlier run finished, or this one."""
        return {bin_ for number, group in enumerate(self._groups) if self._done[number] for bin_ in group}

    @property
    def tiles(self) -> int:
        """Tiles changed by what is done."""
        found = 0
        for number in np.flatnonzero(self._done).tolist():
            with self._folder.read_result(self._name(number)) as result:
                found += result.shape("tiles")[0]
        return found

    def open_groups(self) -> Iterator[tuple[int, tuple[Bin, ...]]]:
        """Number and bins of the groups that are left to do."""
        yield from ((number, group) for number, group in enumerate(self._groups) if not self._done[number])

    def seal(self, number: int, tiles: Sequence[TileIndex]) -> None:
        """All bins of the group are applied and saved."""
        found = np.unique(np.array(tiles, np.int32).reshape(-1, 3), axis=0)
        self._folder.write_result(self._name(number), {}, {"tiles": found})
        self._done[number] = True

    def _name(self, number: int) -> str:
        return f"bins-{number}"

    def _is_done(self, number: int) -> bool:
        if not self._folder.has_result(self._name(number)):
            return False
        with self._folder.read_result(self._name(number)) as result:
            return all(self._is_whole(TileIndex(*tile)) for tile in result.rows("tiles").tolist())

    def _is_whole(self, tile: TileIndex) -> bool:
        self._folder.check()
        return self._files.is_whole(tile)

    def _drop_unfinished(self) -> None:
        finished = {bin_[1:] for bin_ in self.done}
        level = self._groups[0][0].level if self._groups else 0
        for tile in list(self._files.indices()):
            self._folder.check()
            if tuple(i >> level for i in tile) not in finished:
                delete_tile(self._files.path(tile))
