# SPDX-License-Identifier: GPL-2.0-or-later
"""Every algorithm inside a QGIS session: identity, help, strict parameters, errors as sentences."""

from __future__ import annotations

import os
import sys
import types
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("qgis.core")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildAlgorithm,
    QgsProcessingModelChildParameterSource,
    QgsProcessingOutputNumber,
    QgsProcessingParameterDefinition,
    QgsProject,
    QgsRasterLayer,
)
from terrain import Survey, Terrain, score, write_cloud

from scree.algorithms import values
from scree.core.errors import Cancelled, InputError, OptionError
from scree.core.surface.options import FILES, METHODS, DemOptions

REPORT = {"points_read": 10, "points_passed": 8, "peak_memory": 400, "step_max": None}


@pytest.fixture(scope="session")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Scree's provider in a QGIS without a window, with a configuration folder of its own."""
    os.environ["QGIS_CUSTOM_CONFIG_PATH"] = str(tmp_path_factory.mktemp("qgis"))
    application = QgsApplication([], True)
    application.initQgis()
    sys.path.append(os.path.join(QgsApplication.pkgDataPath(), "python", "plugins"))
    from processing.core.Processing import Processing

    from scree.plugin import ScreePlugin

    Processing.initialize()
    plugin = ScreePlugin(None)
    plugin.initProcessing()
    yield plugin.provider
    plugin.unload()
    QgsProject.instance().clear()
    application.exitQgis()


@pytest.fixture
def dem(provider: Any) -> Any:
    return provider.algorithm("dem").create()


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[DemOptions]:
    """Options that reached the core, which here only keeps them."""
    seen: list[DemOptions] = []

    def build_dem(options: DemOptions, feedback: Any) -> dict[str, Any]:
        feedback.set_percent(50)
        feedback.info("half")
        seen.append(options)
        return REPORT

    put_core(monkeypatch, build_dem)
    return seen


def put_core(monkeypatch: pytest.MonkeyPatch, build_dem: Callable[[DemOptions, Any], dict[str, Any]]) -> None:
    module = types.ModuleType("scree.core.surface.dem")
    module.build_dem = build_dem  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "scree.core.surface.dem", module)


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """200 m x 200 m, about one point a cell of 1 m."""
    path = tmp_path_factory.mktemp("clouds") / "made.laz"
    write_cloud(str(path), Survey(points=30_000, density=0.75), Terrain())
    return path


def run(algorithm: Any, parameters: dict[str, Any]) -> dict[str, Any]:
    context = QgsProcessingContext()
    return algorithm.processAlgorithm(parameters, context, QgsProcessingFeedback())


def given(**parameters: Any) -> dict[str, Any]:
    return {"INPUT": ["a.laz"], "OUTPUT": "dem.tif"} | parameters


# -- every algorithm -----------------------------------------------------------------------------


def test_every_algorithm_says_what_it_is(provider: Any) -> None:
    assert provider.id() == "scree"
    for algorithm in provider.algorithms():
        assert algorithm.id() == f"scree:{algorithm.name()}"
        assert algorithm.displayName()
        assert algorithm.group()
        assert algorithm.groupId().isidentifier()
        assert len(algorithm.tags()) > 3
        assert algorithm.shortDescription().endswith(".")
        assert not algorithm.icon().isNull()
        assert algorithm.helpUrl().startswith("file://")
        assert type(algorithm.createInstance()) is type(algorithm)


def test_every_parameter_has_help_and_a_default_or_is_optional(provider: Any) -> None:
    optional = QgsProcessingParameterDefinition.Flag.FlagOptional
    for algorithm in provider.algorithms():
        text = algorithm.shortHelpString()
        assert "qgis_process run " + algorithm.id() in text
        for definition in algorithm.parameterDefinitions():
            assert len(definition.help()) > 20, definition.name()
            assert f"({definition.name()})" in text
            needed = definition.isDestination() or definition.type() in ("multilayer", "file", "raster")
            assert needed or definition.flags() & optional or definition.defaultValue() is not None, definition.name()


def test_missing_packages_are_named_with_the_command(provider: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from scree.core import packages

    monkeypatch.setattr(packages, "find_spec", lambda name: None if name in ("lazrs", "numba") else object())
    for algorithm in provider.algorithms():
        if not algorithm.PACKAGES:  # the one that tells what is missing runs without
            continue
        can, sentence = algorithm.canExecute()
        assert not can
        assert "lazrs" in sentence
        assert "numba" in sentence
        assert "laspy" not in sentence
        assert "--no-deps" in sentence
        with pytest.raises(QgsProcessingException, match="lazrs"):
            run(algorithm.create(), {})


def test_the_command_survives_the_window_that_shows_html(provider: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """QGIS's "Missing dependency" window sets the text of canExecute() as HTML; errors and logs are plain text."""
    from qgis.PyQt.QtGui import QTextDocument

    from scree.core import packages

    monkeypatch.setattr(packages, "find_spec", lambda name: None if name in ("laspy", "lazrs") else object())
    for algorithm in provider.algorithms():
        if not {"laspy", "lazrs"} <= set(algorithm.PACKAGES):
            continue
        window = QTextDocument()
        window.setHtml(f"<h3>This algorithm cannot be run :-( </h3>\n{algorithm.canExecute()[1]}")
        line = packages.command(("laspy", "lazrs"), Path(QgsApplication.qgisSettingsDirPath()))
        assert line in window.toPlainText()
        with pytest.raises(QgsProcessingException) as error:
            run(algorithm.create(), {})
        assert line in str(error.value)


def test_a_file_that_is_not_there_is_said_not_to_exist(provider: Any, tmp_path: Path) -> None:
    """Every parameter of every algorithm that names a file of rasters or polygons; clouds are the core's to open."""
    absent, context, asked = str(tmp_path / "no.gpkg"), QgsProcessingContext(), set()
    for algorithm in provider.algorithms():
        for definition in algorithm.parameterDefinitions():
            rasters = (
                definition.type() == "multilayer" and definition.layerType() == QgsProcessing.SourceType.TypeRaster
            )
            if not rasters and definition.type() not in ("raster", "vector", "extent"):
                continue
            for value in (absent, f"{absent}|layername=a"):
                with pytest.raises(OptionError, match=r"'.*no\.gpkg', which does not exist; give ") as caught:
                    values.check(definition, {definition.name(): value}, context)
                assert str(caught.value).startswith(definition.name())
            asked.add(definition.name())
    assert asked >= {"MASK", "EXTENT", "DTM", "RASTERS", "BUILDINGS", "ROADS", "WATER"}


@pytest.mark.parametrize(
    ("algorithm", "key", "advice"),
    [
        ("dem", "CELLSIZE", "the nearest name is RESOLUTION"),
        ("dem", "CELL_SIZE", "the nearest name is RESOLUTION"),
        ("gridfrompoints", "cellsize", "the nearest name is RESOLUTION"),
        ("filterpoints", "FILTER", "the nearest name is PROCESS_FILTER"),
        ("dem", "FROBNICATE", "it takes INPUT, FILTER, "),
    ],
)
def test_the_nearest_name_is_near(provider: Any, algorithm: str, key: str, advice: str) -> None:
    with pytest.raises(QgsProcessingException, match=advice):
        run(provider.algorithm(algorithm).create(), {"INPUT": "a.laz", key: 1})


# -- scree:dem: parameters -----------------------------------------------------------------------


def test_defaults_are_those_of_the_core(dem: Any) -> None:
    core = {f.name.upper(): f.default for f in fields(DemOptions)}
    skipped = ("INPUT", "OUTPUT", "CRS", "EXTENT", "MASK", "SMOOTHING", "SCRATCH", "REPORT_HTML")
    for definition in dem.parameterDefinitions():
        name = definition.name()
        if name not in skipped and name.lower() not in FILES:
            assert definition.defaultValue() == core[name], name


def test_every_option_has_its_parameter(dem: Any) -> None:
    names = {definition.name().lower() for definition in dem.parameterDefinitions()}
    assert {f.name for f in fields(DemOptions)} - {"inputs", "growth"} == names - {"input", "report_html"}


@pytest.mark.parametrize(
    ("key", "nearest"),
    [("FILTR", "FILTER"), ("resolution", "RESOLUTION"), ("MAXMEMORY", "MAX_MEMORY"), ("CELL", "RESOLUTION")],
)
def test_unknown_keys_are_refused_with_the_nearest(dem: Any, key: str, nearest: str) -> None:
    parameters = given(**{key: "1"})
    good, sentence = dem.checkParameterValues(parameters, QgsProcessingContext())
    assert not good
    assert sentence.startswith(f"{key} is not a parameter of scree:dem; ")
    assert sentence.endswith(f" {nearest}.")
    with pytest.raises(QgsProcessingException, match=f"{key} is not a parameter"):
        run(dem, parameters)


def test_keys_of_qgis_itself_are_let_through(dem: Any, built: list[DemOptions]) -> None:
    run(dem, given(ELLIPSOID="EPSG:7030", distance_units="meters"))
    assert len(built) == 1


BAD = [
    ({"INPUT": None}, "INPUT is missing; give at least one file or folder."),
    ({"INPUT": []}, "INPUT is []; it must be at least one file or folder."),
    ({"OUTPUT": None}, "OUTPUT is missing; give the name of a file to write."),
    ({"METHOD": "spline"}, "METHOD is 'spline'; it must be one of rst, tin, "),
    ({"RESOLUTION": "fine"}, "RESOLUTION is 'fine'; it must be a number."),
    ({"RESOLUTION": 0}, "RESOLUTION is 0.0; it must be at least 1e-09 and at most 1e+09: "),
    ({"RESOLUTION": "nan"}, "RESOLUTION is nan; it must be at least 1e-09 and at most 1e+09: "),
    ({"THREADS": "2.5"}, "THREADS is '2.5'; it must be a whole number."),
    ({"MAX_MEMORY": -1}, "MAX_MEMORY is -1; it must be at least 0: "),
    ({"SEGMENT_POINTS": 1}, "SEGMENT_POINTS is 1; it must be at least 3 and at most 700: "),
    ({"SMOOTHING": "much"}, "SMOOTHING is 'much'; it must be 'auto' or a number of at least 0."),
    ({"SMOOTHING": -1}, "SMOOTHING is -1.0; it must be at least 0, "),
    ({"TENSION": 0}, "TENSION is 0.0; it must be above 0 and at most 1000: "),
    ({"MASK_DISTANCE": -3}, "MASK_DISTANCE is -3.0; it must be -1 (15 cells), 0 (off) or a distance above 0."),
    ({"RESUME": "perhaps"}, "RESUME is 'perhaps'; it must be true or false."),
    ({"EXTENT": "1,2,3"}, "EXTENT is '1,2,3'; it must be xmin,xmax,ymin,ymax, a raster or a vector file."),
    ({"EXTENT": "1,1,3,4"}, "EXTENT is x 1 to 1, y 3 to 4; the first of each pair must be the smaller one."),
    ({"CRS": "nowhere"}, "CRS is 'nowhere', which is not known here; "),
    ({"MASK": "none.tif"}, "MASK is 'none.tif', which does not exist; give a raster file that can be read."),
    (
        {"METHOD": "tin", "SLOPE": "s.tif"},
        "SLOPE comes from the spline's derivatives, which METHOD 'tin' does not have: ",
    ),
    ({"COUNT": "dem.tif"}, "COUNT and OUTPUT are both dem.tif; each needs a file of its own."),
    ({"OUTPUT": "a.laz"}, "OUTPUT and INPUT are both a.laz; each needs a file of its own."),
    ({"OUTPUT": "b.img"}, "OUTPUT is b.img; its name must end in .tif or .tiff."),
    ({"DEVIATIONS": "d.csv"}, "DEVIATIONS is d.csv; its name must end in .laz or .las."),
]


@pytest.mark.parametrize(("parameters", "sentence"), BAD, ids=[" ".join(map(str, b.items())) for b, _ in BAD])
def test_bad_values_end_in_one_sentence(
    dem: Any, built: list[DemOptions], parameters: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(QgsProcessingException) as caught:
        run(dem, given(**parameters))
    message = str(caught.value)
    assert message.startswith(sentence)
    assert message.endswith(".")
    assert ". " not in message
    assert not built
    assert dem.checkParameterValues(given(**parameters), QgsProcessingContext()) == (False, message)


def test_filters_are_read_before_work(dem: Any) -> None:
    good, sentence = dem.checkParameterValues(given(FILTER="Class[Grund]"), QgsProcessingContext())
    assert not good
    assert "nearest: Ground" in sentence
    assert sentence.endswith("^")


def test_good_values_pass_the_check(dem: Any) -> None:
    parameters = given(
        INPUT="folder with spaces/ä.laz", SMOOTHING="Auto", TENSION="", RESUME="no", CRS="EPSG:2154+5720"
    )
    assert dem.checkParameterValues(parameters, QgsProcessingContext()) == (True, "")


# -- scree:dem: what reaches the core ------------------------------------------------------------


def test_values_reach_the_core(dem: Any, built: list[DemOptions], tmp_path: Path) -> None:
    results = run(
        dem,
        given(
            INPUT=["a.laz", "b c.laz"],
            OUTPUT=str(tmp_path / "dem.tif"),
            FILTER="",
            RESOLUTION="0.5",
            METHOD="tin",
            SMOOTHING="0.2",
            SEGMENT_POINTS="50",
            RESUME="false",
            MAX_MEMORY="1024",
            EXTENT="10,20,30,40",
            DISTANCE=str(tmp_path / "distance.tif"),
            REPORT=str(tmp_path / "report.json"),
        ),
    )
    (options,) = built
    assert options.inputs == ("a.laz", "b c.laz")
    assert options.filter == ""
    assert (options.resolution, options.method, options.smoothing) == (0.5, "tin", 0.2)
    assert (options.segment_points, options.tension, options.thinning_distance) == (50, None, None)
    assert (options.resume, options.max_memory, options.growth) == (False, 1024, False)
    assert options.extent == (10.0, 30.0, 20.0, 40.0)
    assert options.distance.endswith("distance.tif")
    assert (options.slope, options.deviations, options.mask, options.crs) == ("", "", "", "")
    assert results["OUTPUT"] == options.output
    assert results["DISTANCE"] == options.distance
    assert results["REPORT"] == options.report
    assert (results["POINTS_READ"], results["PEAK_MEMORY"]) == (10, 400)
    assert "STEP_MAX" not in results
    assert "SLOPE" not in results


def test_processing_runs_it_as_any_algorithm(provider: Any, built: list[DemOptions], tmp_path: Path) -> None:
    """The way of the dialog, of models and of scripts, through QGIS's own methods."""
    import processing

    results = processing.run("scree:dem", given(OUTPUT=str(tmp_path / "dem.tif"), EXTENT="10,20,30,40"))
    assert results["POINTS_READ"] == 10
    assert len(built) == 1
    with pytest.raises(QgsProcessingException, match="FILTR is not a parameter"):
        processing.run("scree:dem", given(FILTR="1"))


def test_a_model_hands_over_known_keys_only(provider: Any, built: list[DemOptions], tmp_path: Path) -> None:
    model = QgsProcessingModelAlgorithm("surface", "tests")
    child = QgsProcessingModelChildAlgorithm("scree:dem")
    child.setChildId("dem")
    for name, value in {"INPUT": ["a.laz"], "RESOLUTION": 2, "OUTPUT": str(tmp_path / "dem.tif")}.items():
        child.addParameterSources(name, [QgsProcessingModelChildParameterSource.fromStaticValue(value)])
    model.addChildAlgorithm(child)
    _, good = model.run({}, QgsProcessingContext(), QgsProcessingFeedback())
    assert good
    (options,) = built
    assert (options.inputs, options.resolution, options.filter) == (("a.laz",), 2.0, "Class[Ground]")


def test_outputs_of_the_report_are_declared(dem: Any) -> None:
    numbers = {o.name() for o in dem.outputDefinitions() if isinstance(o, QgsProcessingOutputNumber)}
    assert {"POINTS_READ", "POINTS_PASSED", "CELLS_WRITTEN", "PEAK_MEMORY", "SECONDS"} <= numbers


def test_crs_keeps_its_vertical_part(dem: Any, built: list[DemOptions]) -> None:
    run(dem, given(CRS="EPSG:7415"))
    run(dem, given(CRS=QgsCoordinateReferenceSystem("EPSG:7415")))
    for options in built:
        assert options.crs.startswith("COMPOUNDCRS[")
        assert "NAP height" in options.crs


def test_extent_is_transformed_to_the_clouds_crs(dem: Any, built: list[DemOptions]) -> None:
    run(dem, given(CRS="EPSG:2154+5720", EXTENT="2.99,3.01,46.49,46.51 [EPSG:4326]"))
    (options,) = built
    assert options.extent is not None
    xmin, ymin, xmax, ymax = options.extent
    assert 699_000 < xmin < 700_000 < xmax < 701_000
    assert 6_598_000 < ymin < 6_600_000 < ymax < 6_602_000


@pytest.mark.parametrize("method", METHODS)
def test_every_method_makes_a_dem(dem: Any, cloud: Path, tmp_path: Path, method: str) -> None:
    path = tmp_path / "dem.tif"
    results = run(dem, given(INPUT=[str(cloud)], OUTPUT=str(path), RESOLUTION=5, METHOD=method))
    assert results["CELLS_WRITTEN"] == 40 * 40
    assert score(str(path), Terrain(), margin=2)["rmse"] < 1.5


# -- errors --------------------------------------------------------------------------------------


class Panic(BaseException):
    """What the LAZ decoder's panics look like: not an Exception."""


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (InputError("cloud.laz ends after 3 points of 10; copy it again."), "cloud.laz ends after 3 points of 10; "),
        (Cancelled("The run was cancelled."), "Cancelled: "),
        (ZeroDivisionError("division by zero"), "This is a fault of Scree, not of the data: ZeroDivisionError: "),
        (Panic("index out of range"), "This is a fault of Scree, not of the data: Panic: "),
    ],
)
def test_errors_become_one_sentence(
    dem: Any, monkeypatch: pytest.MonkeyPatch, error: BaseException, sentence: str
) -> None:
    def build_dem(options: DemOptions, feedback: Any) -> dict[str, Any]:
        raise error

    put_core(monkeypatch, build_dem)
    with pytest.raises(QgsProcessingException) as caught:
        run(dem, given())
    assert str(caught.value).startswith(sentence)


def test_a_fault_leaves_its_traceback_in_the_log(dem: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def build_dem(options: DemOptions, feedback: Any) -> dict[str, Any]:
        return {}["lost"]

    put_core(monkeypatch, build_dem)
    feedback = QgsProcessingFeedback()
    with pytest.raises(QgsProcessingException):
        dem.processAlgorithm(given(), QgsProcessingContext(), feedback)
    assert "KeyError: 'lost'" in feedback.textLog()


def test_feedback_is_bridged(dem: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    feedback = QgsProcessingFeedback()

    def build_dem(options: DemOptions, bridge: Any) -> dict[str, Any]:
        bridge.set_percent(25)
        bridge.info("reading")
        bridge.warning("no CRS")
        assert not bridge.is_cancelled()
        feedback.cancel()
        assert bridge.is_cancelled()
        return REPORT

    put_core(monkeypatch, build_dem)
    dem.processAlgorithm(given(), QgsProcessingContext(), feedback)
    assert feedback.progress() == 25
    assert "reading" in feedback.textLog()
    assert "no CRS" in feedback.textLog()


# -- layers that are loaded ----------------------------------------------------------------------


@pytest.fixture
def raster(tmp_path: Path) -> Path:
    """-50 to 49.5 by rows, one cell of nodata."""
    import numpy as np
    from osgeo import gdal

    path = tmp_path / "values.tif"
    values = np.linspace(-50, 49.5, 200).reshape(20, 10)
    values[0, 0] = -9999
    data = gdal.GetDriverByName("GTiff").Create(str(path), 10, 20, 1, gdal.GDT_Float32)
    data.GetRasterBand(1).WriteArray(values)
    data.GetRasterBand(1).SetNoDataValue(-9999)
    data.FlushCache()
    return path


STARTS = {"elevation": "#2f6b4f", "distance": "#fcfdf2", "count": "#f7fbfd"}
"""The first color of a ramp, which stretching keeps."""


def test_styles_fit_the_values(provider: Any, raster: Path) -> None:
    from scree.ui.styling import STYLE_OF, STYLES, apply_style

    of_rasters = {path.stem for path in STYLES.glob("*.qml") if "<rasterrenderer" in path.read_text("utf-8")}
    assert of_rasters == set(STYLE_OF.values())
    for style in set(STYLE_OF.values()):
        layer = QgsRasterLayer(str(raster), style)
        apply_style(layer, style)
        if style == "hillshade":
            enhancement = layer.renderer().contrastEnhancement()
            assert (enhancement.minimumValue(), enhancement.maximumValue()) == (1, 255)
            continue
        shader = layer.renderer().shader().rasterShaderFunction()
        stops = [item.value for item in shader.colorRampItemList()]
        assert (shader.minimumValue(), shader.maximumValue()) == (stops[0], stops[-1])
        assert stops == sorted(stops)
        assert len(set(stops)) == len(stops) >= 5
        assert [item.label for item in shader.colorRampItemList()] == [f"{stop:g}" for stop in stops]
        if style in ("elevation", "distance", "count"):
            assert stops == [10.0 * n for n in range(-5, 6)]
            assert shader.colorRampItemList()[0].color.name() == STARTS[style]
        if style == "elevation":
            assert -51 < stops[0] < -44 < 43 < stops[-1] < 51
        if style == "curvature":
            assert stops[0] == -stops[-1]
            assert 0.0 in stops


def test_only_loaded_layers_are_styled(provider: Any, raster: Path) -> None:
    from scree.ui.styling import style_when_loaded

    context = QgsProcessingContext()
    style_when_loaded(context, str(raster), "output")
    assert not context.layersToLoadOnCompletion()
    details = QgsProcessingContext.LayerDetails("DEM", QgsProject.instance(), "OUTPUT")
    context.addLayerToLoadOnCompletion(str(raster), details)
    style_when_loaded(context, str(raster), "output")
    styler = context.layerToLoadOnCompletionDetails(str(raster)).postProcessor()
    layer = QgsRasterLayer(str(raster), "DEM")
    styler.postProcessLayer(layer, context, QgsProcessingFeedback())
    assert layer.renderer().type() == "singlebandpseudocolor"


def test_a_raster_on_another_computer_is_refused_before_qgis_opens_it(provider: Any, tmp_path: Path) -> None:
    inside = tmp_path / "dtm.tif"
    source = "<SimpleSource><SourceFilename>/vsicurl/http://127.0.0.1:1/x.tif</SourceFilename></SimpleSource>"
    band = f'<VRTRasterBand dataType="Float32" band="1">{source}</VRTRasterBand>'
    inside.write_text(f'<VRTDataset rasterXSize="4" rasterYSize="4">{band}</VRTDataset>')
    context = QgsProcessingContext()
    for algorithm, name in (("dem", "MASK"), ("dem", "EXTENT"), ("augmentground", "DTM"), ("normals", "RASTERS"),
                            ("augmentground", "ROADS")):  # fmt: skip
        definition = provider.algorithm(algorithm).parameterDefinition(name)
        for value in (str(inside), "http://127.0.0.1:1/x.tif", "/vsicurl/http://127.0.0.1:1/x.gpkg|layername=a"):
            with pytest.raises(OptionError, match=f"{name} is '.*only files on this computer"):
                values.check(definition, {name: value}, context)
