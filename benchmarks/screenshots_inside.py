# SPDX-License-Identifier: GPL-2.0-or-later
"""Run by QGIS itself (``qgis --code``): opens the dock during a run, takes pictures, cancels, reloads the plugin."""

import hashlib
import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import processing
import qgis.utils
from qgis.core import (
    QgsApplication,
    QgsProcessingAlgRunnerTask,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProject,
)
from qgis.PyQt.QtCore import Qt, QTimer, QUrl
from qgis.PyQt.QtWidgets import QApplication, QDockWidget, QTextBrowser, QTextEdit
from qgis.utils import iface

SETTINGS = json.loads(os.environ["SCREE_SHOTS"])
FOUND: dict[str, Any] = {}
BEATS: list[float] = []
KEPT: list[Any] = []


def picture(widget: Any, name: str) -> None:
    image = widget.grabWindow(0) if hasattr(widget, "grabWindow") else widget.grab()
    image.save(os.path.join(SETTINGS["out"], name + ".png"))


def heartbeat() -> None:
    BEATS.append(time.monotonic())


def gaps() -> list[int] | None:
    """Milliseconds between heartbeats: median, 99th percentile, largest."""
    between = sorted(1000 * (b - a) for a, b in zip(BEATS, BEATS[1:]))
    BEATS.clear()
    if not between:
        return None
    return [round(between[int(part * (len(between) - 1))]) for part in (0.5, 0.99, 1.0)]


def parameters(cloud: str, output: str, **more: Any) -> dict[str, Any]:
    given = {"INPUT": [cloud], "OUTPUT": os.path.join(SETTINGS["scratch"], output)}
    return given | {"SCRATCH": SETTINGS["scratch"], "MAX_MEMORY": 1024} | more


def start(given: dict[str, Any], name: str = "scree:dem") -> None:
    """Run in a worker thread, as the dialog does, whose list of files QGIS leaves empty (it looks for layers)."""
    algorithm = QgsApplication.processingRegistry().algorithmById(name)
    context, feedback, runs = QgsProcessingContext(), QgsProcessingFeedback(), algorithm.create()
    KEPT.append((context, feedback, runs))  # until the end: a run that was cancelled still speaks for a moment
    task = QgsProcessingAlgRunnerTask(runs, given, context, feedback)
    QgsApplication.taskManager().addTask(task)


def story() -> Iterator[int]:
    """The steps; each yields the milliseconds to wait for the next."""
    window = iface.mainWindow()
    window.resize(1380, 860)
    plugin = qgis.utils.plugins["scree"]
    dock = plugin.window.dock
    FOUND["hidden at first"] = not dock.isVisible()
    toolbox = window.findChild(QDockWidget, "ProcessingToolbox")
    toolbox.hide()
    plugin.window.action.trigger()
    window.findChild(QDockWidget, "Browser").hide()
    window.resizeDocks([dock], [420], Qt.Orientation.Horizontal)
    beat = QTimer()
    beat.timeout.connect(heartbeat)
    beat.start(20)
    yield 3000
    FOUND["heartbeat idle (ms)"] = gaps()
    picture(window, "dock-idle")

    wrong = parameters(SETTINGS["large"], "large.tif", FILTER="Class[Grund] and Generic[z > 100]")
    dialog = processing.createAlgorithmDialog("scree:dem", wrong)
    dialog.show()
    dialog.resize(760, 620)
    yield 1500
    picture(dialog, "filter-error")
    dialog.close()

    with busy_threads():
        yield 500
        gaps()
        yield 5000
        FOUND["heartbeat beside two busy threads (ms)"] = gaps()

    start(parameters(SETTINGS["small"], "first.tif", RESOLUTION=0.5))
    yield from until(plugin_jobs)
    yield from until(lambda: not plugin_jobs())
    FOUND["heartbeat of the session's first run, which loads the kernels (ms)"] = gaps()

    start(parameters(SETTINGS["large"], "large.tif", RESOLUTION=0.5))
    yield 500
    gaps()
    yield from until(working)
    FOUND["heartbeat while reading (ms)"] = gaps()
    yield 5000
    FOUND["heartbeat while interpolating (ms)"] = gaps()
    picture(window, "dock-light")
    picture(dock, "dock-light-alone")
    asked = time.monotonic()
    dock.jobs.itemWidget(dock.jobs.topLevelItem(0), 1).click()
    yield from until(lambda: not plugin_jobs())
    FOUND["seconds to cancel"] = round(time.monotonic() - asked, 2)
    yield 1500
    picture(dock, "dock-cancelled")
    FOUND["scratch after cancel"] = dock.scratch.text.text()

    yield from dialogs()

    cancels = []
    for wait in (300, 1300, 2900, 5100):
        start(parameters(SETTINGS["large"], "other.tif", RESOLUTION=0.4, RESUME=False))
        yield from until(plugin_jobs)
        yield wait
        asked = time.monotonic()
        for job in plugin_jobs():
            job.cancel.set()
        yield from until(lambda: not plugin_jobs())
        cancels.append(round(time.monotonic() - asked, 2))
    FOUND["seconds to cancel at four moments"] = cancels

    yield from editor("light")

    slope = os.path.join(SETTINGS["scratch"], "slope.tif")
    processing.runAndLoadResults("scree:dem", parameters(SETTINGS["small"], "small.tif", SLOPE=slope))
    yield 1000
    iface.zoomFull()
    yield 2500
    picture(window, "result")
    yield from report()
    yield from voxels(dock)
    yield from voxel_results()
    FOUND["layers"] = [layer.name() for layer in QgsProject.instance().mapLayers().values()]

    start(parameters(SETTINGS["large"], "large.tif", RESOLUTION=0.5))
    yield from until(working)
    QgsApplication.setUITheme("Night Mapping")
    yield 1000
    picture(window, "dock-dark")
    picture(dock, "dock-dark-alone")
    yield from editor("dark")
    plugin_jobs()[0].cancel.set()
    yield from until(lambda: not plugin_jobs())

    for _ in range(10):
        qgis.utils.unloadPlugin("scree")
        yield 50
        FOUND["left after unload"] = [d.objectName() for d in window.findChildren(QDockWidget, "ScreeDock")]
        qgis.utils.loadPlugin("scree")
        qgis.utils.startPlugin("scree")
        yield 50
    FOUND["docks after ten reloads"] = len(window.findChildren(QDockWidget, "ScreeDock"))


def report() -> Iterator[int]:
    """The page of a run in a plain text browser, the least that may show it, and a preview in the map."""
    folder = SETTINGS["scratch"]
    page, cloud = os.path.join(folder, "report.html"), os.path.join(folder, "statistics.las")
    given = {"INPUT": [SETTINGS["small"]], "NEIGHBORHOOD": "cylinder(r=2 z=50)", "FEATURES": "range", "OUTPUT": cloud}
    given |= {"REPORT_HTML": page, "PREVIEW": os.path.join(folder, "preview.gpkg"), "SCRATCH": folder}
    processing.runAndLoadResults("scree:pointstats", given)
    yield 1500
    picture(iface.mainWindow(), "preview")
    view = QTextBrowser()
    view.resize(820, 1700)
    view.setSource(QUrl.fromLocalFile(page))
    view.show()
    yield 1500
    picture(view, "report")
    view.close()


def voxels(dock: Any) -> Iterator[int]:
    """The map of tiles while a voxel map is made."""
    folder = os.path.join(SETTINGS["scratch"], "voxels")
    given = {"INPUT": [SETTINGS["large"]], "MAP": folder, "RESOLUTION": 0.5, "TILE_SIZE": 50, "MISSES": "none"}
    start(given | {"SCRATCH": SETTINGS["scratch"], "CACHE_TILES": 12}, "scree:voxelmapupdate")
    yield from until(lambda: resident_tiles() > 10)
    yield 1200
    picture(dock, "dock-voxels")
    for job in plugin_jobs():
        job.cancel.set()
    yield from until(lambda: not plugin_jobs())


def voxel_results() -> Iterator[int]:
    """The rasters and the points of a small map as they are loaded, styled, into an empty project."""
    QgsProject.instance().clear()
    folder, window = SETTINGS["scratch"], iface.mainWindow()
    made, common = os.path.join(folder, "small-voxels"), {"SCRATCH": folder}
    given = {"INPUT": [SETTINGS["small"]], "MAP": made, "RESOLUTION": 1.0, "TILE_SIZE": 50, "MISSES": "none"}
    processing.run("scree:voxelmapupdate", given | common)
    rasters = {name: os.path.join(folder, name.lower() + ".tif") for name in ("TOP", "COUNT")}
    processing.runAndLoadResults("scree:voxelmaprasters", {"MAP": made} | rasters | common)
    iface.zoomFull()
    yield 2500
    picture(window, "voxel-rasters")
    points = {"MAP": made, "FORMAT": "gpkg", "OVERVIEWS": True, "OUTPUT": os.path.join(folder, "voxels.gpkg")}
    processing.runAndLoadResults("scree:voxelmapexport", points | common)
    iface.zoomFull()
    yield 4000
    picture(window, "voxel-points")
    iface.mapCanvas().zoomScale(400)
    yield 3000
    picture(window, "voxel-points-near")


@contextmanager
def busy_threads() -> Iterator[None]:
    """Two threads that hold the processors and not the interpreter's lock: what any run costs the window at least."""
    stop, block = threading.Event(), bytes(1 << 26)

    def work() -> None:
        while not stop.is_set():
            hashlib.sha256(block)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    yield
    stop.set()
    for thread in threads:
        thread.join()


def dialogs() -> Iterator[int]:
    """The editor in batch and in the modeler, over a model of the toolbox."""
    from processing.gui.BatchAlgorithmDialog import BatchAlgorithmDialog
    from processing.modeler.ModelerDialog import ModelerDialog
    from processing.modeler.ModelerParametersDialog import ModelerParametersDialog

    registry = QgsApplication.processingRegistry()
    batch = BatchAlgorithmDialog(registry.algorithmById("scree:pointstats").create(), parent=iface.mainWindow())
    batch.show()
    batch.resize(1100, 400)
    yield 1000
    picture(batch, "batch")
    batch.close()
    model = registry.algorithmById("screemodels:noisefilternormalsstatistics").create()
    modeler = ModelerDialog.create(model)
    modeler.show()
    modeler.resize(1300, 700)
    yield 1500
    picture(modeler, "modeler")
    child = model.childAlgorithm("normals")
    step = ModelerParametersDialog(child.algorithm(), model, "normals", child.configuration())
    step.show()
    step.resize(700, 800)
    yield 1000
    picture(step, "modeler-step")
    FOUND["model of the modeler"] = model.validate()[1]
    made = step.createAlgorithm()
    FOUND["source in the modeler"] = made.parameterSources()["NEIGHBORHOOD"][0].parameterName()
    step.close()
    modeler.setDirty(False)
    modeler.close()


def editor(name: str) -> Iterator[int]:
    from scree.ui.expression_panel import ExpressionPanel
    from scree.ui.languages import NEIGHBORHOOD

    panel = ExpressionPanel(NEIGHBORHOOD, lambda: [SETTINGS["small"]])
    panel.setWindowTitle("NEIGHBORHOOD")
    panel.resize(640, 380)
    panel.setAutoFillBackground(True)
    panel.show()
    panel.set_text("cylinder(radius=4 zExtent=6) and knn(k=60 dim=3d) minPtCount=5")
    panel.draw_button.setChecked(True)
    yield 2500
    picture(panel, "neighborhood-" + name)
    panel.set_text("cylinder(radius=4 height=6) and knn(k=60)")
    yield 500
    picture(panel, "neighborhood-error-" + name)
    panel.close()


def plugin_jobs() -> tuple[Any, ...]:
    from scree.core.jobs.telemetry import telemetry

    return telemetry.snapshot().jobs


def working() -> bool:
    jobs = plugin_jobs()
    return bool(jobs) and jobs[0].phase == "Interpolating" and jobs[0].done > 0


def resident_tiles() -> int:
    from scree.core.jobs.telemetry import telemetry

    return sum(cache.tiles for cache in telemetry.snapshot().caches)


def until(condition: Callable[[], Any], seconds: float = 180) -> Iterator[int]:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("a step did not come to its end")
        yield 50


def finish() -> None:
    with open(os.path.join(SETTINGS["out"], "found.json"), "w") as file:
        json.dump(FOUND, file, indent=2)
    sys.stdout.flush()
    os._exit(0)


STEPS = story()


def go_on() -> None:
    """Any error ends QGIS: an uncaught one would open a dialog and wait for ever."""
    try:
        QTimer.singleShot(next(STEPS), go_on)
    except StopIteration:
        finish()
    except Exception:  # noqa: BLE001  whatever it is, it goes into the report and ends the session
        FOUND["error"] = traceback.format_exc()
        picture(QApplication.primaryScreen(), "error")
        FOUND["log"] = [
            text.toPlainText() for w in QApplication.topLevelWidgets() for text in w.findChildren(QTextEdit)[:1]
        ]
        finish()


QTimer.singleShot(2000, go_on)
