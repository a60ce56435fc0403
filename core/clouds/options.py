# SPDX-License-Identifier: GPL-2.0-or-later
"""What every run over clouds is told: which clouds, how to read them, how much of the machine it may use."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ..errors import OptionError

if TYPE_CHECKING:
    from .collection import Collection


@dataclass(frozen=True, kw_only=True)
class CloudOptions:
    """The part all jobs share; paths are text, '' means "not wanted", memory is in MB (2**20 bytes)."""

    inputs: tuple[str, ...]
    """Clouds: files, folders or virtual point clouds."""
    columns: str = ""
    """Columns of text clouds, as 'x y z label'; '' reads their header line."""
    labels: str = ""
    """Classes of the label column, as '0=2,1=1'."""
    crs: str = ""
    """WKT or code that replaces the CRS of all inputs."""

    max_memory: int = 0
    """MB; 0 is half of the free memory, at most 8192."""
    growth: bool = False
    """True inside the QGIS window: max_memory bounds what the process gains, not the whole of it."""
    threads: int = 0
    """0 is one for each processor."""
    resume: bool = True
    """Go on with an unfinished run of the same inputs and options."""
    scratch: str = ""
    """Folder for temporary data; '' is the output's."""

    machine: ClassVar[frozenset[str]] = frozenset({"inputs", "max_memory", "growth", "threads", "resume", "scratch"})
    without_effect: ClassVar[frozenset[str]] = frozenset()
    """More options that change no byte of what a job keeps (files count by their identities)."""

    def check_run(self) -> None:
        """Raise OptionError for the first of the shared values that cannot work."""
        if not self.inputs:
            raise OptionError("INPUT is empty; name at least one cloud, folder or virtual point cloud.")
        if self.max_memory < 0:
            raise OptionError(
                f"MAX_MEMORY is {self.max_memory}; it must be at least 0: MB, and 0 is half of the free memory."
            )
        if not 0 <= self.threads <= 1024:
            raise OptionError(
                f"THREADS is {self.threads}; it must be from 0 to 1024, and 0 takes one for each processor."
            )

    def open(self) -> Collection:
        """The clouds; raises what ``open_collection`` raises."""
        from .collection import open_collection

        return open_collection(self.inputs, columns=self.columns, labels=self.labels, crs=self.crs)

    def choices(self) -> dict[str, Any]:
        """The options a job is known by: those that may change its result."""
        hidden = self.machine | self.without_effect
        return {name: value for name, value in asdict(self).items() if name not in hidden}
