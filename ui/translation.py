# SPDX-License-Identifier: GPL-2.0-or-later
"""The plugin's texts in the language of QGIS, where i18n has a translation."""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QCoreApplication, QTranslator

FOLDER = Path(__file__).resolve().parent.parent / "i18n"


def install_translator(folder: Path = FOLDER) -> QTranslator | None:
    """For ``de_AT`` scree_de_AT.qm, else scree_de.qm; the caller keeps it, and removes it on unload."""
    locale = QgsApplication.locale()
    for name in (locale, locale.split("_")[0]):
        translator = QTranslator()
        if translator.load(str(folder / f"scree_{name}.qm")):
            QCoreApplication.installTranslator(translator)
            return translator
    return None
