# SPDX-License-Identifier: GPL-2.0-or-later
"""Real points to draw a neighborhood over: the first ones of a cloud, read on a thread."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from qgis.PyQt.QtCore import QObject, pyqtSignal

from .words import tr

POINTS = 50_000


@dataclass(frozen=True)
class Sample:
    """Offsets (CRS units) from a point in the middle of the sample, and the names of the cloud's dimensions."""

    name: str
    dx: Any
    dy: Any
    dz: Any
    dimensions: tuple[str, ...]


class SampleReader(QObject):
    """``ready`` brings a Sample, or a sentence that says why there is none."""

    ready = pyqtSignal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread: threading.Thread | None = None

    def read(self, paths: list[str]) -> None:
        """Begin reading; a second call while one is under way is ignored."""
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=lambda: self.ready.emit(read_sample(paths)), daemon=True)
            self._thread.start()

    def wait(self) -> None:
        if self._thread is not None:
            self._thread.join()


def read_sample(paths: list[str]) -> Sample | str:
    try:
        from ..core.clouds.collection import open_collection
        from ..core.errors import ScreeError
    except ImportError:
        return tr("The Python package numpy is missing.")
    try:
        source = next(source for source in open_collection(paths).sources if source.points)
        chunk = next(iter(source.chunks((), POINTS)))
    except StopIteration:
        return tr("The cloud has no points.")
    except ScreeError as error:
        return str(error)
    x, y, z = (chunk[axis] for axis in "xyz")
    middle = int(((x - (x.min() + x.max()) / 2) ** 2 + (y - (y.min() + y.max()) / 2) ** 2).argmin())
    return Sample(
        source.path.replace("\\", "/").rpartition("/")[2],
        x - x[middle],
        y - y[middle],
        z - z[middle],
        ("x", "y", "z", *source.dimensions),
    )
