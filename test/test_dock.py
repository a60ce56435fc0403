# SPDX-License-Identifier: GPL-2.0-or-later
"""The dock over made telemetry: what it shows, what it posts, and that nothing stays behind.

Needs Qt only; test_qt6.py runs it once more on PyQt6.
"""

from __future__ import annotations

import gc
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("qgis.PyQt.QtWidgets")

from qgis.PyQt.QtCore import QSettings
from qgis.PyQt.QtGui import QColor, QPalette
from qgis.PyQt.QtWidgets import QApplication, QMainWindow, QPushButton
from qt_session import qt_application, settle

from scree.core.jobs.telemetry import CacheEntry, JobEntry, MapTile, Telemetry
from scree.ui.dock import ScreeDock
from scree.ui.words import count, duration

ADVICE = "Install pyqtgraph with: python3 -m pip install pyqtgraph"


@pytest.fixture(scope="session")
def application() -> Any:
    return qt_application()


@pytest.fixture
def settings(tmp_path: Path) -> QSettings:
    return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)


@pytest.fixture
def telemetry() -> Telemetry:
    return Telemetry()


@pytest.fixture
def dock(application: Any, telemetry: Telemetry, settings: QSettings) -> Any:
    dock = ScreeDock(telemetry.snapshot, settings, ADVICE)
    yield dock
    dock.stop()
    dock.deleteLater()
    settle()


def running(**values: Any) -> JobEntry:
    defaults = {"name": "dem", "phase": "Interpolating", "done": 1_500_000, "total": 5_000_000, "percent": 45.0}
    return JobEntry(**(defaults | {"rate": 250_000.0, "eta": 14.0, "limit": 1 << 30} | values))


def rows(dock: Any) -> list[list[str]]:
    jobs = dock.jobs
    return [
        [jobs.topLevelItem(i).text(column) for column in range(jobs.columnCount())]
        for i in range(jobs.topLevelItemCount())
    ]


def test_numbers_are_read_at_a_glance() -> None:
    assert [count(n) for n in (7, 12_300, 4_100_000, 2.31e9)] == ["7", "12,300", "4.1 M", "2.31 G"]
    assert [duration(s) for s in (-1, 5, 125, 3725)] == ["", "0:05", "2:05", "1:02:05"]


def test_a_running_job_is_shown_and_leaves(dock: Any, telemetry: Telemetry) -> None:
    entry = running()
    telemetry.add(entry)
    dock.refresh()
    assert rows(dock) == [["dem", "", "45 % Interpolating", "1.5 M / 5 M points", "250,000/s", "0:14"]]
    assert "limit 1,024 MB" in dock.memory.numbers.text()
    telemetry.remove(entry)
    entry.state, entry.message = "failed", "a.laz is cut; copy it again."
    dock.refresh()
    assert rows(dock) == [["dem", "", "failed", "a.laz is cut; copy it again.", "", ""]]
    assert "no job" in dock.memory.numbers.text()


def test_two_jobs_of_one_name_stay_apart(dock: Any, telemetry: Telemetry) -> None:
    first, second = running(done=1), running(done=2)
    telemetry.add(first)
    telemetry.add(second)
    dock.refresh()
    telemetry.remove(first)
    dock.refresh()
    assert [row[3] for row in rows(dock)] == ["2 / 5 M points", ""]


def test_cancel_posts_a_request_on_its_own_job(dock: Any, telemetry: Telemetry) -> None:
    first, second = running(), running()
    telemetry.add(first)
    telemetry.add(second)
    dock.refresh()
    button = dock.jobs.itemWidget(dock.jobs.topLevelItem(1), 1)
    assert isinstance(button, QPushButton)
    button.click()
    assert (first.cancel.is_set(), second.cancel.is_set()) == (False, True)
    assert not button.isEnabled()
    dock.refresh()
    assert "cancelling" in rows(dock)[1][2]


def test_flush_posts_a_request_and_only_where_tiles_are_dirty(dock: Any, telemetry: Telemetry) -> None:
    entry, cache = running(), CacheEntry("voxels", tiles=3, bytes=1 << 20, hits=9, misses=1)
    telemetry.add(entry)
    telemetry.add(cache)
    dock.refresh()
    assert not dock.flush_button.isEnabled()
    item = dock.caches.topLevelItem(0)
    assert [item.text(i) for i in range(7)] == ["voxels", "3", "0", "1 MB", "90 %", "0", "0"]
    cache.dirty = 2
    dock.refresh()
    assert dock.flush_button.isEnabled()
    dock.flush_button.click()
    assert entry.flush.is_set()


def test_tiles_are_drawn_in_their_places(application: Any, telemetry: Telemetry) -> None:
    from scree.ui.colors import color
    from scree.ui.tile_map import TileMap

    entry = running()
    entry.tiles["a"] = MapTile(0, 0, 10, 10, "done")
    entry.tiles["b"] = MapTile(10, 10, 20, 20, "worked")
    telemetry.add(entry)
    tiles = TileMap()
    tiles.resize(200, 220)
    tiles.show_snapshot(telemetry.snapshot())
    picture = tiles.grab().toImage()
    assert QColor(picture.pixel(60, 140)) == color(tiles, "done")
    assert QColor(picture.pixel(140, 60)) == color(tiles, "worked")
    telemetry.remove(entry)
    tiles.show_snapshot(telemetry.snapshot())
    assert tiles.tiles == []
    tiles.deleteLater()


def test_timer_runs_only_while_the_dock_is_seen(dock: Any, telemetry: Telemetry) -> None:
    assert not dock.timer.isActive()
    dock.show()
    assert dock.timer.isActive()
    assert dock.timer.interval() == 500
    dock.hide()
    assert not dock.timer.isActive()


def test_the_curve_follows_memory(dock: Any) -> None:
    pytest.importorskip("pyqtgraph")
    dock.show()
    for _ in range(5):
        dock.refresh()
    x, y = dock.memory._curve.getData()
    assert len(x) == len(y) == 6
    assert x[-1] == 0
    assert min(y) > 10


def test_without_pyqtgraph_a_sentence_says_what_to_type(dock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyqtgraph", None)
    dock.show()
    dock.refresh()
    assert dock.memory.sentence.text() == ADVICE
    assert dock.memory.sentence.isVisible()
    assert "peak" in dock.memory.numbers.text()


def test_missing_packages_are_named_on_top(application: Any, telemetry: Telemetry, settings: QSettings) -> None:
    sentences = ["The Python package is missing that runs need (laspy)."]
    dock = ScreeDock(telemetry.snapshot, settings, ADVICE, missing=lambda: sentences[0])
    dock.show()
    assert dock.banner.isVisible()
    assert "laspy" in dock.banner.text()
    dock.hide()
    sentences[0] = ""
    dock.show()
    assert not dock.banner.isVisible()
    dock.stop()
    dock.deleteLater()
    settle()


def test_pyqtgraph_is_not_imported_before_the_dock_is_seen(dock: Any) -> None:
    dock.refresh()
    assert dock.memory._plot is None


def test_colors_follow_the_palette(dock: Any) -> None:
    pytest.importorskip("pyqtgraph")
    dock.show()
    for paper in ("#202326", "#ffffff"):
        palette = QPalette()
        palette.setColor(QPalette.ColorRole.Base, QColor(paper))
        palette.setColor(QPalette.ColorRole.Text, QColor("#eeeeee" if paper == "#202326" else "#111111"))
        QApplication.setPalette(palette)
        settle()
        assert dock.memory._plot.backgroundBrush().color() == QColor(paper)
        assert QColor(dock.map.grab().toImage().pixel(2, 2)) == QColor(paper)
    QApplication.setPalette(QPalette())


def test_a_transparent_base_is_painted_over(application: Any) -> None:
    """QGIS's Night Mapping theme leaves the base transparent and the text black."""
    from scree.ui.colors import ink, paper
    from scree.ui.tile_map import TileMap

    tiles = TileMap()
    palette = QPalette()
    palette.setColor(QPalette.ColorRole.Base, QColor(0, 0, 0, 0))
    palette.setColor(QPalette.ColorRole.Text, QColor("black"))
    tiles.setPalette(palette)
    assert paper(tiles).alpha() == 255
    assert ink(tiles).lightness() - paper(tiles).lightness() > 100
    tiles.deleteLater()


def job_folder(parent: Path, key: str, text: bytes = b"") -> Path:
    from scree.core.jobs.folder import JobFolder

    folder = JobFolder(parent, key)
    folder.file("points").write_bytes(text)
    folder.close()
    return folder.path


def until(condition: Any, seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        settle()
        time.sleep(0.01)
    assert condition()


def test_scratch_of_interrupted_runs_is_cleared_and_nothing_else(
    dock: Any, telemetry: Telemetry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scree.core.jobs.folder import JobFolder

    abandoned = job_folder(tmp_path, "0" * 16, b"x" * 3_000_000)
    foreign = tmp_path / ("scree-" + "1" * 16)
    foreign.mkdir()
    (foreign / "mine.txt").write_text("not Scree's")
    held = JobFolder(tmp_path, "2" * 16)
    generation = tmp_path / "map" / ("scree-generation-" + "3" * 16)
    (generation / "tile_0_0_0").mkdir(parents=True)
    (generation / "tile_0_0_0" / "octree.bt").write_bytes(b"tree")
    entry = running(folder=str(held.path))
    telemetry.add(entry)
    dock.refresh()
    until(lambda: len(dock.scratch.found) == 3)
    assert "2 interrupted" in dock.scratch.text.text()
    assert "3 MB" in dock.scratch.text.text()
    asked: list[str] = []
    monkeypatch.setattr(dock.scratch, "confirm", lambda text: bool(asked.append(text)))
    dock.scratch.clear_button.click()
    assert abandoned.is_dir()
    assert str(abandoned) in asked[0]
    assert str(held.path) not in asked[0]
    monkeypatch.setattr(dock.scratch, "confirm", lambda text: True)
    dock.scratch.clear_button.click()
    assert not abandoned.exists()
    assert not generation.exists() and generation.parent.is_dir()
    assert held.path.is_dir()
    assert (foreign / "mine.txt").is_file()
    until(lambda: len(dock.scratch.found) == 1)
    held.remove()


def test_folders_of_jobs_are_remembered(application: Any, telemetry: Telemetry, settings: Any, tmp_path: Path) -> None:
    job_folder(tmp_path, "3" * 16)
    for round_ in range(2):
        dock = ScreeDock(telemetry.snapshot, settings, ADVICE)
        if not round_:
            telemetry.add(running(folder=str(tmp_path / "scree-x")))
        dock.refresh()
        until(lambda dock=dock: len(dock.scratch.found) == 1)
        dock.stop()
        dock.deleteLater()
        telemetry = Telemetry()
    settle()


def test_nothing_stays_behind(application: Any, telemetry: Telemetry, settings: QSettings) -> None:
    window = QMainWindow()
    telemetry.add(running())

    def once() -> None:
        dock = ScreeDock(telemetry.snapshot, settings, ADVICE, window)
        dock.show()
        dock.refresh()
        dock.stop()
        dock.hide()
        dock.deleteLater()
        settle()

    once()
    gc.collect()
    widgets, threads = len(QApplication.allWidgets()), threading.active_count()
    for _ in range(10):
        once()
    gc.collect()
    settle()
    assert len(QApplication.allWidgets()) <= widgets
    assert threading.active_count() <= threads
    window.deleteLater()
    settle()
