# SPDX-License-Identifier: GPL-2.0-or-later
"""Reports to files, each whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..jobs.part import replacing
from .page import page


def write_json(path: Path, report: Mapping[str, Any]) -> None:
    """The numbers; the pictures are for the page only.  Raises OutputError."""
    figures = [{k: v for k, v in figure.items() if k != "picture"} for figure in report.get("figures", ())]
    content = dict(report) | ({"figures": figures} if "figures" in report else {})
    _write(path, json.dumps(content, indent=2, ensure_ascii=False, default=str) + "\n")


def write_page(path: Path, report: Mapping[str, Any]) -> None:
    """The report as HTML, in one file that needs no other.  Raises OutputError."""
    _write(path, page(report))


def _write(path: Path, text: str) -> None:
    with replacing(path) as part:
        part.write_text(text, "utf-8")
