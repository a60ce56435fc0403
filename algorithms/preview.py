# SPDX-License-Identifier: GPL-2.0-or-later
"""Clouds a run wrote, brought before the user's eyes: as they are where QGIS opens them, else as an even sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from qgis.core import QgsProcessingContext

from ..core.errors import OptionError
from ..ui.cloud_styling import load_cloud, style_points_when_loaded
from .bridge import Bridge
from .values import Reader


def check_preview(reader: Reader) -> None:
    """Raise OptionError for a PREVIEW that is no GeoPackage."""
    path = reader.planned("PREVIEW")
    if path and not path.lower().endswith(".gpkg"):
        raise OptionError(f"PREVIEW is {path}; its name must end in .gpkg.")


def show_clouds(
    reader: Reader, context: QgsProcessingContext, report: Mapping[str, Any], clouds: Sequence[str], bridge: Bridge
) -> dict[str, str]:
    """Write PREVIEW where it is wanted, have the window load what it can; the outputs, for QGIS."""
    wanted = reader.layer_destination("PREVIEW")
    attributes = _added(reader, clouds) if clouds else []
    first = attributes[0] if attributes else "classification"
    for path in clouds:
        load_cloud(context, path, first, _span(report, first), reader.value("OUTPUT"))
    if not wanted or not clouds:
        return {}
    from ..core.clouds.preview import write_preview

    write_preview(clouds, Path(wanted), attributes, bridge)
    style_points_when_loaded(context, wanted, first)
    return {"PREVIEW": wanted}


def _span(report: Mapping[str, Any], attribute: str) -> tuple[float, float] | None:
    """From where to where the values of an attribute lie, but for a few."""
    for figure in report.get("figures", ()):
        if figure["title"].endswith(f": {attribute}") and figure["histogram"]:
            found = figure["histogram"]
            return found["low"], found["low"] + found["width"] * len(found["counts"])
    return None


def _added(reader: Reader, clouds: Sequence[str]) -> list[str]:
    """Attributes the clouds have and their inputs had not, as their headers say."""
    from ..core.clouds.collection import open_collection
    from ..core.clouds.preview import added

    settings = {name.lower(): reader.text(name) for name in ("COLUMNS", "LABELS") if reader.given(name)}
    inputs = open_collection(reader.files("INPUT"), crs=reader.crs("CRS"), **settings)
    return added(inputs.sources, open_collection(clouds[:1]).sources)
