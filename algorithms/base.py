# SPDX-License-Identifier: GPL-2.0-or-later
"""What every Scree algorithm shares: identity, help, checks before work, errors as sentences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from html import escape
from pathlib import Path
from typing import Any, ClassVar

from qgis.core import (
    QgsApplication,
    QgsProcessing,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterFile,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
)
from qgis.PyQt.QtCore import QCoreApplication, QUrl
from qgis.PyQt.QtGui import QIcon

from ..core.errors import MissingPackage, OptionError, ScreeError
from ..core.packages import advice
from . import values
from .bridge import Bridge, converted_errors, interruptible
from .values import Reader

HELP = Path(__file__).resolve().parent.parent / "resources" / "help"
"""A page for each algorithm, written by benchmarks/help.py."""
ICON = str(Path(__file__).resolve().parent.parent / "resources" / "icon.svg")

PACKAGE = __name__.rpartition(".algorithms")[0]
"""The name the plugin's folder has here."""

QGIS_KEYS = frozenset({"ELLIPSOID", "DISTANCE_UNITS", "AREA_UNITS", "PROJECT_PATH"})
"""Keys that QGIS itself may put beside an algorithm's parameters."""

Parameters = dict[str, Any]


def _html(text: str) -> str:
    return escape(text, quote=False)


class ScreeAlgorithm(QgsProcessingAlgorithm):
    """A concrete algorithm gives, in this order: identity, group, tags, help, parameters, check, work."""

    PACKAGES: ClassVar[tuple[str, ...]] = ("numpy", "scipy", "numba", "laspy", "lazrs")
    EXAMPLE: ClassVar[str] = ""
    """A qgis_process command, shown at the end of the help."""

    # -- what a concrete algorithm adds ----------------------------------------------------------

    def explanation(self) -> str:
        """The first paragraph of the help."""
        return self.shortDescription()

    def check(self, parameters: Parameters, context: QgsProcessingContext) -> None:
        """Raise a ScreeError for values that cannot work; no cloud is opened."""

    def work(self, parameters: Parameters, context: QgsProcessingContext, bridge: Bridge) -> dict[str, Any]:
        """Do the work; errors are raised as ScreeError."""
        raise OptionError(f"{self.id()} has nothing to run.")

    # -- identity --------------------------------------------------------------------------------

    def createInstance(self) -> ScreeAlgorithm:
        return type(self)()

    def tr(self, text: str) -> str:
        return QCoreApplication.translate("Scree", text)

    def icon(self) -> QIcon:
        return QIcon(ICON)

    def svgIconPath(self) -> str:
        return ICON

    def helpUrl(self) -> str:
        page = HELP / f"{self.name()}.html"
        return QUrl.fromLocalFile(str(page)).toString() if page.exists() else "https://example.org/scree/docs/"

    def shortHelpString(self) -> str:
        parts = [f"<p>{_html(self.explanation())}</p>", f"<h3>{self.tr('Parameters')}</h3>"]
        for definition in self.parameterDefinitions():
            name, text = definition.name(), definition.help()
            parts.append(f"<p><b>{_html(definition.description())}</b> ({name}): {_html(text)}</p>")
        if self.EXAMPLE:
            parts.append(f"<h3>{self.tr('Example')}</h3><p><code>{_html(self.EXAMPLE)}</code></p>")
        return "\n".join(parts)

    # -- parameters ------------------------------------------------------------------------------

    def add(self, parameter: QgsProcessingParameterDefinition, help_text: str, *, advanced: bool = False) -> None:
        """Add a parameter with its help text: the unit, and what larger and smaller values do."""
        parameter.setHelp(help_text)
        if advanced:
            parameter.setFlags(parameter.flags() | QgsProcessingParameterDefinition.Flag.FlagAdvanced)
        self.addParameter(parameter)

    def add_number(
        self,
        name: str,
        description: str,
        help_text: str,
        default: float | None = None,
        *,
        whole: bool = False,
        advanced: bool = False,
        newer: bool = False,
    ) -> None:
        """A number; without a default it is optional and the method chooses.  Ranges are the core's to check.

        ``newer``: models made before the algorithm had it do not give it, and must stay whole.
        """
        kind = QgsProcessingParameterNumber.Type.Integer if whole else QgsProcessingParameterNumber.Type.Double
        parameter = QgsProcessingParameterNumber(name, description, kind, default, newer or default is None)
        self.add(parameter, help_text, advanced=advanced)

    def add_text(
        self,
        name: str,
        description: str,
        help_text: str,
        default: str = "",
        *,
        advanced: bool = False,
        editor: str = "",
    ) -> None:
        """A text; ``editor`` names a widget of ui.parameter_widget, imported only by a dialog that shows it."""
        parameter = QgsProcessingParameterString(name, description, default, False, True)
        if editor:
            parameter.setMetadata({"widget_wrapper": {"class": f"{PACKAGE}.ui.parameter_widget.{editor}"}})
        self.add(parameter, help_text, advanced=advanced)

    def add_clouds(self) -> None:
        clouds = QgsProcessingParameterMultipleLayers(
            "INPUT", self.tr("Point clouds"), QgsProcessing.SourceType.TypeFile
        )
        clouds.setMinimumNumberInputs(1)
        self.add(
            clouds,
            self.tr(
                "One or more LAS, LAZ, COPC or text files (.txt, .xyz, .csv), a folder with all clouds in it, or a "
                "virtual point cloud (.vpc). On the command line repeat INPUT for each. They must share one CRS."
            ),
        )

    def add_filter(self, default: str) -> None:
        self.add_text(
            "FILTER",
            self.tr("Points to use"),
            self.tr(
                "Only points that pass are used, for example Class[Ground], Class[2, 9] or Echo[Last]; names and "
                "numbers of classes are equally good. Empty uses all points."
            ),
            default,
            editor="FilterWrapper",
        )

    def add_text_clouds(self) -> None:
        self.add_text(
            "COLUMNS",
            self.tr("Columns of text clouds"),
            self.tr("Names of the columns of text files, in order, as x y z label; empty reads their header line."),
            advanced=True,
        )
        self.add_text(
            "LABELS",
            self.tr("Classes of text labels"),
            self.tr("How the values of a label column map to classes, as 0=2,1=1 (label 0 is class 2, ground)."),
            advanced=True,
        )

    def add_run(self) -> None:
        """Memory, threads, resume, scratch: how the work is done, never what comes out."""
        self.add_number(
            "MAX_MEMORY",
            self.tr("Memory to use (MB)"),
            self.tr(
                "Upper bound in MB (2^20 bytes), at least 512; 0 is half of the free memory, at most 8192. More lets "
                "more units run at once; the result is the same, byte for byte."
            ),
            0,
            whole=True,
            advanced=True,
        )
        self.add_number(
            "THREADS",
            self.tr("Threads"),
            self.tr("Units computed at once; 0 is one for each processor. The result is the same for any number."),
            0,
            whole=True,
            advanced=True,
        )
        self.add(
            QgsProcessingParameterBoolean("RESUME", self.tr("Go on with an interrupted run"), True),
            self.tr(
                "Yes takes over what an interrupted run of the same inputs and options has finished; No starts anew."
            ),
            advanced=True,
        )
        scratch = QgsProcessingParameterFile(
            "SCRATCH", self.tr("Folder for temporary data"), QgsProcessingParameterFile.Behavior.Folder, optional=True
        )
        self.add(
            scratch,
            self.tr(
                "A folder on a disk with free space of about twice the uncompressed points that are used; empty is "
                "the folder of the output. Only Scree's own job folder inside it is ever deleted."
            ),
            advanced=True,
        )

    def add_report(self) -> None:
        """What the run tells about itself, last of the outputs: to compute with, and to look at."""
        for name, title, file_filter, text in (
            (
                "REPORT",
                self.tr("Report"),
                "JSON files (*.json)",
                self.tr("Every count, option, warning and time of the run, as numbers for a program."),
            ),
            (
                "REPORT_HTML",
                self.tr("Report to look at"),
                "HTML files (*.html)",
                self.tr(
                    "The report as one page: sums, time by phase, memory, histograms and small maps of the results; "
                    "it opens in the Results Viewer. The numbers are written beside it as JSON."
                ),
            ),
        ):
            shown = name == "REPORT_HTML"
            self.add(
                QgsProcessingParameterFileDestination(name, title, file_filter, optional=True, createByDefault=shown),
                text,
            )

    def add_output_numbers(self, outputs: Iterable[tuple[str, str]]) -> None:
        for name, description in outputs:
            self.addOutput(QgsProcessingOutputNumber(name, description))

    def validateInputCrs(self, parameters: Parameters, context: QgsProcessingContext) -> bool:
        """The core compares the clouds' CRS from their headers; QGIS would open each cloud as a layer."""
        return True

    # -- checks before work ----------------------------------------------------------------------

    def canExecute(self) -> tuple[bool, str]:
        """QGIS shows the text as HTML: there, unlike in an error or in the log, ``'laspy>=2.7,<3'`` would be a tag."""
        sentence = self._package_advice()
        return not sentence, _html(sentence)

    def checkParameterValues(self, parameters: Parameters, context: QgsProcessingContext) -> tuple[bool, str]:
        try:
            self._check_all(parameters, context)
        except ScreeError as error:
            return False, str(error)
        return super().checkParameterValues(parameters, context)

    def processAlgorithm(
        self, parameters: Parameters, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Check again (scripts and models may not have asked; qgis_process never asks canExecute), then run."""
        with converted_errors(feedback), interruptible(feedback):
            self._check_all(parameters, context)
            self._refuse_overwriting(Reader(self, parameters, context))
            self._refuse_unwritable_reports(parameters, context)
            return self.work(parameters, context, Bridge(feedback))

    def reported(self, reader: Reader, report: Mapping[str, Any]) -> dict[str, str]:
        """Write the reports that are wanted of a run that is done; their paths, for QGIS."""
        from ..core.reports.write import write_json, write_page

        paths = {name: reader.file_destination(name) for name in ("REPORT", "REPORT_HTML")}
        if paths["REPORT_HTML"]:
            page = Path(paths["REPORT_HTML"])
            write_page(page, report)
            paths["REPORT"] = paths["REPORT"] or str(page.with_suffix(".json"))
        if paths["REPORT"]:
            write_json(Path(paths["REPORT"]), report)
        return {name: path for name, path in paths.items() if path}

    def _refuse_overwriting(self, reader: Reader) -> None:
        """No destination, a report or preview too, may be a file that any parameter names to be read."""
        from ..core.jobs.overwriting import refuse_overwriting

        outputs = {
            definition.name(): reader.planned_destination(definition)
            for definition in self.destinationParameterDefinitions()
            if reader.value(definition.name()) != QgsProcessing.TEMPORARY_OUTPUT
        }
        refuse_overwriting(outputs, self._files_read(reader))

    def _files_read(self, reader: Reader) -> Iterator[str]:
        from ..core.clouds.inputs import VPC_SUFFIX, expand

        for definition in self.parameterDefinitions():
            if definition.isDestination() or definition.type() not in ("multilayer", "file", "raster", "vector"):
                continue
            for path in reader.sources(definition):
                yield path
                several = Path(path).is_dir() or path.lower().endswith(VPC_SUFFIX)
                if several and definition.type() == "multilayer":
                    yield from (entry.path for entry in expand([path], with_text=True))

    def _refuse_unwritable_reports(self, parameters: Parameters, context: QgsProcessingContext) -> None:
        """A run of hours must not find out at its end."""
        from ..core.jobs.disk import require_writable

        for name, ending in (("REPORT", ".json"), ("REPORT_HTML", ".html")):
            path = Reader(self, parameters, context).planned(name)
            if path and not path.lower().endswith(ending):
                raise OptionError(f"{name} is {path}; its name must end in {ending}.")
            if path and parameters[name] != QgsProcessing.TEMPORARY_OUTPUT:
                require_writable(Path(path))

    def _package_advice(self) -> str:
        return advice(self.PACKAGES, Path(QgsApplication.qgisSettingsDirPath()))

    def _check_all(self, parameters: Parameters, context: QgsProcessingContext) -> None:
        sentence = self._package_advice()
        if sentence:
            raise MissingPackage(sentence)
        self._refuse_unknown(parameters)
        for definition in self.parameterDefinitions():
            values.check(definition, parameters, context)
        self.check(parameters, context)

    def _refuse_unknown(self, parameters: Parameters) -> None:
        """QGIS ignores a misspelt parameter and ends well; the user would not learn that it had no effect."""
        known = [definition.name() for definition in self.parameterDefinitions()]
        for key in parameters:
            if key in known or key.upper() in QGIS_KEYS:
                continue
            near = self._nearest_parameter(key)
            advice = f"the nearest name is {near}" if near else f"it takes {', '.join(known)}"
            raise OptionError(f"{key} is not a parameter of {self.id()}; {advice}.")

    def _nearest_parameter(self, key: str) -> str:
        """The parameter whose name, or whose label in the dialog, is most like ``key``; '' where none is."""
        words: dict[str, str] = {}
        for definition in self.parameterDefinitions():
            label = definition.description().partition("(")[0]
            for text in (label, definition.name()):
                words[re.sub(r"[\W_]+", "", text).lower()] = definition.name()
        near = get_close_matches(re.sub(r"[\W_]+", "", key).lower(), words, n=1, cutoff=0.6)
        return words[near[0]] if near else ""
