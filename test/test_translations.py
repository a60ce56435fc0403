# SPDX-License-Identifier: GPL-2.0-or-later
"""Texts to translate are found, and a translation reaches the user."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest
import translations

pytest.importorskip("qgis.core")
LRELEASE = shutil.which("lrelease")


def test_texts_of_algorithms_and_windows_are_found() -> None:
    found = {message.findtext("source") for message in translations.document().iter("message")}
    for text in ("Point clouds", "Clear Scratch…", "Distance to data", "Nearest points in space", "being worked"):
        assert text in found
    assert not [text for text in found if text and text.startswith(("scree:", "knn("))]


def test_the_file_of_texts_can_be_read() -> None:
    root = ElementTree.parse(translations.ROOT / "i18n" / "scree.ts").getroot()
    assert root.findtext("context/name") == "Scree"
    assert len(list(root.iter("message"))) > 100


@pytest.mark.skipif(LRELEASE is None, reason="no lrelease")
def test_a_translation_reaches_the_user(tmp_path: Path) -> None:
    from qgis.core import QgsApplication
    from qgis.PyQt.QtCore import QCoreApplication
    from qt_session import qt_application

    from scree.ui.translation import install_translator
    from scree.ui.words import tr

    qt_application()
    assert install_translator(tmp_path) is None
    tree = translations.document()
    for message in tree.iter("message"):
        if message.findtext("source") == "Presets":
            translation = message.find("translation")
            assert translation is not None
            translation.text = "Vorlagen"
            del translation.attrib["type"]
    source = tmp_path / "scree.ts"
    tree.write(source, "utf-8")
    language = QgsApplication.locale().split("_")[0]
    subprocess.run([str(LRELEASE), str(source), "-qm", str(tmp_path / f"scree_{language}.qm")], check=True)
    translator = install_translator(tmp_path)
    assert translator is not None
    assert tr("Presets") == "Vorlagen"
    QCoreApplication.removeTranslator(translator)
    assert tr("Presets") == "Presets"
