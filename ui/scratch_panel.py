# SPDX-License-Identifier: GPL-2.0-or-later
"""Scratch data: how much disk job folders take, and the way to be rid of those that nobody uses."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QHBoxLayout, QLabel, QMessageBox, QPushButton, QVBoxLayout, QWidget

from .words import megabytes, tr

if TYPE_CHECKING:
    from ..core.jobs.clean import Leftover
    from ..core.jobs.telemetry import Snapshot

PARENTS = "scree/scratch_parents"
REMEMBERED = 20
SHOWN = 15
ROUND = 20
"""Snapshots between two looks at the disk: ten seconds."""


class Settings(Protocol):
    """What QgsSettings and QSettings share."""

    def value(self, key: str, default: object = None) -> object: ...

    def setValue(self, key: str, value: object) -> None: ...


class ScratchPanel(QWidget):
    """Looks into the folders that jobs of this user have worked in, on a thread of its own."""

    looked = pyqtSignal(list)

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._parents = _texts(settings.value(PARENTS, []))
        self._thread: threading.Thread | None = None
        self._round = 0
        self._ended = -1
        self.found: list[Leftover] = []
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.clear_button = QPushButton(tr("Clear Scratch…"))
        self.clear_button.setToolTip(tr("Delete job folders of finished and abandoned runs; asks first."))
        self.clear_button.clicked.connect(self.clear)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.clear_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.text)
        layout.addLayout(row)
        self.looked.connect(self._show)
        self._show([])

    def show_snapshot(self, snapshot: Snapshot) -> None:
        for entry in snapshot.jobs + snapshot.finished:
            self._remember(entry.folder)
        ended = len(snapshot.jobs)
        if self._round <= 0 or ended != self._ended:
            self._round, self._ended = ROUND, ended
            self.look()
        self._round -= 1

    def _remember(self, folder: str) -> None:
        parent = str(Path(folder).parent) if folder else ""
        if parent and parent not in self._parents:
            self._parents = [parent, *self._parents][:REMEMBERED]
            self._settings.setValue(PARENTS, self._parents)

    def look(self) -> None:
        """Count what is on disk; a slow disk must not hold up the window."""
        if self._thread is not None and self._thread.is_alive():
            return
        parents = [Path(parent) for parent in self._parents]
        self._thread = threading.Thread(target=lambda: self.looked.emit(_find(parents)), daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Until the thread has ended; before the panel goes."""
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _show(self, found: list[Leftover]) -> None:
        self.found = found
        used = [folder for folder in found if folder.locked]
        idle = [folder for folder in found if not folder.locked]
        lines = []
        if used:
            lines.append(tr("In use: {0}").format(megabytes(sum(folder.bytes for folder in used))))
        if idle:
            size = megabytes(sum(folder.bytes for folder in idle))
            lines.append(tr("Left by {0} interrupted runs, which could go on: {1}").format(len(idle), size))
        self.text.setText(" · ".join(lines) or tr("No scratch data"))
        self.clear_button.setEnabled(bool(idle))

    def clear(self) -> None:
        """Ask, then delete the job folders nobody holds."""
        idle = [folder for folder in self.found if not folder.locked]
        names = [f"{folder.path}  ({megabytes(folder.bytes)})" for folder in idle[:SHOWN]]
        names += [tr("and {0} more").format(len(idle) - SHOWN)] if len(idle) > SHOWN else []
        question = tr("Delete the unfinished work of these runs? They would start anew.")
        if not self.confirm(question + "\n\n" + "\n".join(names)):
            return
        problems = _delete(idle)
        if problems:
            QMessageBox.warning(self, tr("Clear Scratch"), "\n".join(problems))
        self.look()

    def confirm(self, question: str) -> bool:
        yes, no = QMessageBox.StandardButton.Yes, QMessageBox.StandardButton.No
        return QMessageBox.question(self, tr("Clear Scratch"), question, yes | no, no) == yes


def _texts(value: object) -> list[str]:
    """A list as settings give it back: one entry becomes a plain text, none becomes None."""
    if isinstance(value, str):
        return [value] if value else []
    return [str(entry) for entry in value] if isinstance(value, (list, tuple)) else []


def _find(parents: list[Path]) -> list[Leftover]:
    try:
        from ..core.jobs.clean import find_leftovers
        from ..core.voxels.left import find_generations
    except ImportError:  # without NumPy no job has ever run here
        return []
    found: list[Leftover] = []
    for parent in parents:
        try:
            found += [*find_leftovers(parent), *find_generations(parent)]
        except OSError:  # an unmounted disk, or a folder deleted since
            continue
    return found


def _delete(folders: list[Leftover]) -> list[str]:
    """What could not be deleted, in sentences."""
    from ..core.errors import ScreeError
    from ..core.jobs.clean import delete_leftover
    from ..core.voxels.left import delete_generation, is_generation

    problems = []
    for folder in folders:
        try:
            delete = delete_generation if is_generation(folder.path) else delete_leftover
            foreign = delete(folder.path)
        except (ScreeError, OSError) as error:
            problems.append(str(error))
            continue
        if foreign:
            problems.append(f"{folder.path} was left because of files that are not Scree's: {', '.join(foreign)}")
    return problems
