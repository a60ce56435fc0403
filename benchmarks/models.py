# SPDX-License-Identifier: GPL-2.0-or-later
"""Write resources/models/*.model3 through QGIS's own API: ``QT_HASH_SEED=0 python benchmarks/models.py``.

The seed keeps the order of attributes, so that a file changes only where its model does.
The files are what users open in the modeler; this script is how they are kept in step with the algorithms.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

from qgis.core import (
    QgsApplication,
    QgsProcessing,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildAlgorithm,
    QgsProcessingModelChildParameterSource,
    QgsProcessingModelOutput,
    QgsProcessingModelParameter,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
)
from qgis.PyQt.QtCore import QPointF

ROOT = Path(__file__).resolve().parent.parent
MODELS = ROOT / "resources" / "models"
LEFT, MIDDLE, RIGHT = 150.0, 450.0, 750.0

Source = QgsProcessingModelChildParameterSource


def add_input(model: QgsProcessingModelAlgorithm, parameter: QgsProcessingParameterDefinition, help_text: str) -> None:
    parameter.setHelp(help_text)
    component = QgsProcessingModelParameter(parameter.name())
    component.setPosition(QPointF(LEFT, 60.0 + 100 * len(model.parameterComponents())))
    model.addModelParameter(parameter, component)


def add_step(
    model: QgsProcessingModelAlgorithm,
    step: str,
    algorithm: str,
    sources: dict[str, Any],
    outputs: dict[str, tuple[str, str]],
    place: tuple[float, float],
) -> None:
    """``sources``: the text "@NAME" is an input of the model, "step:NAME" an output; else a value."""
    child = QgsProcessingModelChildAlgorithm(algorithm)
    child.setChildId(step)
    child.setDescription(child.algorithm().displayName())
    child.setPosition(QPointF(*place))
    for name, source in (_defaults(child) | sources).items():
        child.addParameterSources(name, [_source(source)])
    results = {}
    for row, (name, (label, socket)) in enumerate(outputs.items()):
        output = QgsProcessingModelOutput(label)
        output.setChildId(step)
        output.setChildOutputName(socket)
        output.setDescription(label)
        output.setPosition(QPointF(place[0] + 280, place[1] - 60 + 70 * row))
        output.setMandatory(name == "OUTPUT")
        results[label] = output
    child.setModelOutputs(results)
    model.addChildAlgorithm(child)


def _defaults(child: QgsProcessingModelChildAlgorithm) -> dict[str, Any]:
    """A model takes no parameter's default by itself."""
    optional = QgsProcessingParameterDefinition.Flag.FlagOptional
    definitions = [d for d in child.algorithm().parameterDefinitions() if not d.isDestination()]
    return {d.name(): d.defaultValue() for d in definitions if not d.flags() & optional}


def _source(source: Any) -> Source:
    if isinstance(source, str) and source.startswith("@"):
        return Source.fromModelParameter(source[1:])
    if isinstance(source, str) and re.fullmatch(r"\w+:[A-Z]+", source):
        return Source.fromChildOutput(*source.split(":"))
    return Source.fromStaticValue(source)


def classified_cloud_to_dem() -> QgsProcessingModelAlgorithm:
    model = QgsProcessingModelAlgorithm("Classified cloud to DEM, slope and report", "Models", "models")
    clouds = QgsProcessingParameterMultipleLayers("CLOUDS", "Point clouds", QgsProcessing.SourceType.TypeFile)
    clouds.setMinimumNumberInputs(1)
    add_input(model, clouds, "LAS, LAZ, COPC or text files, a folder, or a virtual point cloud.")
    add_input(
        model,
        QgsProcessingParameterString("POINTS", "Points to use", "Class[Ground]"),
        "A filter, as Class[Ground] or Class[2 9].",
    )
    add_input(
        model,
        QgsProcessingParameterNumber("CELL", "Cell size", QgsProcessingParameterNumber.Type.Double, 1.0),
        "Side of a cell in CRS units.",
    )
    dem = {"INPUT": "@CLOUDS", "FILTER": "@POINTS", "RESOLUTION": "@CELL", "METHOD": "rst"}
    made = {"OUTPUT": ("DEM", "OUTPUT"), "SLOPE": ("Slope", "SLOPE"), "REPORT": ("Report", "REPORT")}
    add_step(model, "dem", "scree:dem", dem, made, (MIDDLE, 160))
    shade = {"INPUT": "dem:OUTPUT", "Z_FACTOR": 1.0, "AZIMUTH": 315.0, "V_ANGLE": 45.0}
    add_step(model, "hillshade", "native:hillshade", shade, {"OUTPUT": ("Hillshade", "OUTPUT")}, (RIGHT, 460))
    model.setHelpContent(
        {
            "ALG_DESC": "Ground points to an elevation model with its slope, a hillshade, and a report that counts "
            "every point and cell. Within the memory that is free; the same result for any order of the files.",
            "CLOUDS": "LAS, LAZ, COPC or text files, a folder with all clouds in it, or a virtual point cloud.",
            "POINTS": "A filter: only points that pass are used.",
            "CELL": "Side of a cell in CRS units.",
        }
    )
    return model


def noise_filter_to_statistics() -> QgsProcessingModelAlgorithm:
    model = QgsProcessingModelAlgorithm("Noise filter, normals and statistics of points", "Models", "models")
    clouds = QgsProcessingParameterMultipleLayers("CLOUDS", "Point clouds", QgsProcessing.SourceType.TypeFile)
    clouds.setMinimumNumberInputs(1)
    texts = {
        "CLOUDS": "LAS, LAZ, COPC or text files, a folder with all clouds in it, or a virtual point cloud.",
        "COMPANY": "A point stays if it has so many neighbors: sphere(r=2) minPtCount=4 drops points with fewer than "
        "three others within 2 units.",
        "SURROUNDINGS": "The neighbors that normals and statistics are made of, as knn(k=12 dim=3d) or sphere(r=1).",
    }
    add_input(model, clouds, texts["CLOUDS"])
    company = QgsProcessingParameterString("COMPANY", "Neighbors a point must have", "sphere(r=2) minPtCount=4")
    add_input(model, company, texts["COMPANY"])
    around = QgsProcessingParameterString("SURROUNDINGS", "Neighborhood of normals and statistics", "knn(k=12 dim=3d)")
    add_input(model, around, texts["SURROUNDINGS"])
    clean = {"INPUT": "@CLOUDS", "NEIGHBORHOOD": "@COMPANY", "PROCESS_FILTER": "not Class[LowPoint HighNoise]"}
    add_step(model, "clean", "scree:filterpoints", clean, {}, (MIDDLE, 120))
    normals = {"INPUT": "clean:OUTPUT", "NEIGHBORHOOD": "@SURROUNDINGS"}
    add_step(model, "normals", "scree:normals", normals, {}, (MIDDLE, 240))
    statistics = {"INPUT": "normals:OUTPUT", "NEIGHBORHOOD": "@SURROUNDINGS"}
    made = {"OUTPUT": ("Cloud", "OUTPUT")}
    add_step(model, "statistics", "scree:pointstats", statistics, made, (MIDDLE, 360))
    head = (
        "Drops noise and lonely points, then adds normals and statistics of heights among the neighbors of each point."
    )
    model.setHelpContent({"ALG_DESC": head} | texts)
    return model


def scans_to_canopy() -> QgsProcessingModelAlgorithm:
    model = QgsProcessingModelAlgorithm("Scans to voxel map and canopy rasters", "Models", "models")
    scans = QgsProcessingParameterMultipleLayers("SCANS", "Scans", QgsProcessing.SourceType.TypeFile)
    scans.setMinimumNumberInputs(1)
    texts = {
        "SCANS": "LAS, LAZ, COPC or text files, a folder with all scans in it, or a virtual point cloud.",
        "POINTS": "A filter; empty takes every return.",
        "VOXEL": "Side of a voxel, and of a cell of the rasters, in CRS units.",
    }
    add_input(model, scans, texts["SCANS"])
    points = QgsProcessingParameterString("POINTS", "Points to use", "not Class[LowPoint HighNoise]", False, True)
    add_input(model, points, texts["POINTS"])
    kind = QgsProcessingParameterNumber.Type.Double
    add_input(model, QgsProcessingParameterNumber("VOXEL", "Voxel size", kind, 0.5), texts["VOXEL"])
    update = {"INPUT": "@SCANS", "FILTER": "@POINTS", "RESOLUTION": "@VOXEL", "MODEL": "octomap"}
    add_step(model, "update", "scree:voxelmapupdate", update, {"OUTPUT": ("Map", "MAP")}, (MIDDLE, 120))
    rasters = {
        "OUTPUT": ("Top", "TOP"),
        "BOTTOM": ("Bottom", "BOTTOM"),
        "COUNT": ("Occupied", "COUNT"),
        "GAP": ("Gap", "GAP"),
    }
    add_step(model, "rasters", "scree:voxelmaprasters", {"MAP": "update:MAP"}, rasters, (RIGHT, 360))
    head = (
        "Enters scans into a new voxel map and makes rasters of the canopy: top, bottom, occupied voxels, largest gap."
    )
    model.setHelpContent({"ALG_DESC": head} | texts)
    return model


def gaps_to_difference() -> QgsProcessingModelAlgorithm:
    model = QgsProcessingModelAlgorithm("Ground gaps filled, elevation model before and after", "Models", "models")
    clouds = QgsProcessingParameterMultipleLayers("CLOUDS", "Point clouds", QgsProcessing.SourceType.TypeFile)
    clouds.setMinimumNumberInputs(1)
    dtm = QgsProcessingParameterMultipleLayers("DTM", "Reference DTM", QgsProcessing.SourceType.TypeRaster)
    dtm.setMinimumNumberInputs(1)
    texts = {
        "CLOUDS": "LAS, LAZ, COPC or text files, a folder with all clouds in it, or a virtual point cloud.",
        "DTM": "Rasters of terrain heights that fill the gaps, where the ground around them agrees.",
        "CELL": "Side of a cell of the elevation models, in CRS units.",
    }
    add_input(model, clouds, texts["CLOUDS"])
    add_input(model, dtm, texts["DTM"])
    kind = QgsProcessingParameterNumber.Type.Double
    add_input(model, QgsProcessingParameterNumber("CELL", "Cell size", kind, 1.0), texts["CELL"])
    gaps = {"INPUT": "@CLOUDS"}
    add_step(model, "gaps", "scree:groundgaps", gaps, {"OUTPUT": ("Gaps", "OUTPUT")}, (MIDDLE, 80))
    filled = {"OUTPUT": ("Cloud", "OUTPUT"), "REPORT": ("Report", "REPORT")}
    add_step(model, "fill", "scree:augmentground", {"INPUT": "@CLOUDS", "DTM": "@DTM"}, filled, (MIDDLE, 240))
    surface = {"FILTER": "Class[Ground]", "RESOLUTION": "@CELL", "METHOD": "tin", "EXTENT": "gaps:OUTPUT"}
    place = (RIGHT, 400)
    add_step(model, "before", "scree:dem", surface | {"INPUT": "@CLOUDS"}, {"OUTPUT": ("Before", "OUTPUT")}, place)
    place = (RIGHT, 520)
    add_step(model, "after", "scree:dem", surface | {"INPUT": "fill:OUTPUT"}, {"OUTPUT": ("After", "OUTPUT")}, place)
    minus = {"INPUT_A": "after:OUTPUT", "BAND_A": 1, "INPUT_B": "before:OUTPUT", "BAND_B": 1, "FORMULA": "A-B"}
    made = {"OUTPUT": ("Difference", "OUTPUT")}
    add_step(model, "difference", "gdal:rastercalculator", minus | {"NO_DATA": -9999.0, "RTYPE": 5}, made, (RIGHT, 660))
    head = (
        "Finds the gaps of the ground, fills them from a reference DTM where the ground around agrees with it, and "
        "makes an elevation model before and after, on the same cells, with their difference."
    )
    model.setHelpContent({"ALG_DESC": head} | texts)
    return model


ALL = {
    "groundgapstodifference": gaps_to_difference,
    "scanstocanopy": scans_to_canopy,
    "classifiedcloudtodem": classified_cloud_to_dem,
    "noisefilternormalsstatistics": noise_filter_to_statistics,
}


def main() -> None:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QgsApplication([], False)
    application.initQgis()
    sys.path[:0] = [str(ROOT / "build" / "plugins"), os.path.join(QgsApplication.pkgDataPath(), "python", "plugins")]
    from processing.core.Processing import Processing

    from scree.plugin import ScreePlugin

    Processing.initialize()
    plugin = ScreePlugin(None)
    plugin.initProcessing()
    MODELS.mkdir(exist_ok=True)
    for name, make in ALL.items():
        model = make()
        good, problems = model.validate()
        if not good:
            sys.exit(f"{name}: {problems}")
        model.toFile(str(MODELS / f"{name}.model3"))
        print(MODELS / f"{name}.model3")
    plugin.unload()
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
