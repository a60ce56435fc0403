# SPDX-License-Identifier: GPL-2.0-or-later
"""metadata.json: what the origin of the format writes (version, resolution, tile_size, bounds), and what it lacks:
origin, key frame, CRS, the parameters of the update, and the runs that made the map.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import InputError, OptionError
from ..json_text import parsed
from .files import read_whole, write_whole
from .grid import VoxelGrid
from .model import Model, model_from_json

NAME = "metadata.json"
VERSION = "1.0"
Bounds = tuple[tuple[int, int, int], tuple[int, int, int]]


@dataclass(frozen=True)
class Metadata:
    """Everything about a map but its voxels."""

    grid: VoxelGrid
    model: Model
    crs: str = ""
    """WKT2, '' if unknown."""
    runs: tuple[dict[str, Any], ...] = ()
    """What was put in, oldest first."""
    bounds: Bounds | None = None
    """Lowest and highest tile index along each axis, None while there is no tile."""
    other: dict[str, Any] = field(default_factory=dict)
    """Keys of other programs, kept."""
    generation: str = ""
    """Name of the state of the map, 16 hexadecimal digits that each run changes; '' before the first."""

    def to_json(self) -> dict[str, Any]:
        low, high = self.bounds or ((0, 0, 0), (0, 0, 0))
        return {
            **self.other,
            "version": VERSION,
            "resolution": self.grid.resolution,
            "tile_size": self.grid.tile_size,
            "bounds": {"min": list(low), "max": list(high)},
            "origin": list(self.grid.origin),
            "key_frame": self.grid.key_frame,
            "crs": self.crs,
            "parameters": self.model.to_json(),
            "runs": list(self.runs),
            "generation": self.generation,
        }

    def write(self, folder: Path) -> None:
        """Raises OutputError."""
        write_whole(folder / NAME, self.encoded(), sync=True)

    def encoded(self) -> bytes:
        text = json.dumps(self.to_json(), indent=2, ensure_ascii=False) + "\n"
        return text.encode("utf-8", "backslashreplace")  # half a character, as it was: JSON writes it so too


def read_metadata(folder: Path) -> Metadata:
    """The metadata of the map in ``folder``.  Raises InputError in one sentence."""
    path = folder / NAME
    try:
        data = read_whole(path)
    except FileNotFoundError as error:
        what = "has no metadata.json" if folder.is_dir() else "does not exist"
        raise InputError(f"{folder} {what}, so it is no voxel map: check the path, or restore the file.") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}): check its permissions.") from error
    return parse_metadata(data, path)


def parse_metadata(data: bytes, path: Path) -> Metadata:
    """The metadata in the bytes of ``path``.  Raises InputError naming it."""
    try:
        values = parsed(data)
    except ValueError as error:
        raise InputError(f"{path} is no valid JSON ({error}): restore it from a copy.") from error
    try:
        return _parsed(values, path)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OptionError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path} is damaged ({type(error).__name__}: {error}): restore it from a copy.") from error


def _parsed(values: dict[str, Any], path: Path) -> Metadata:
    if str(values.get("version")) != VERSION:
        raise InputError(f"{path} has version {values.get('version')}; version {VERSION} can be read.")
    # The origin system writes neither: its keys count from 0, 0, 0 for all tiles.
    x, y, z = map(float, values.get("origin", (0, 0, 0)))
    frame = str(values.get("key_frame", "map"))
    grid = VoxelGrid(float(values["resolution"]), float(values["tile_size"]), frame, (x, y, z))
    model = model_from_json(values["parameters"]) if "parameters" in values else Model()
    crs = str(values.get("crs", ""))
    crs.encode()  # half a character is none
    known = Metadata(grid, model).to_json()
    bounds = values.get("bounds")
    return Metadata(
        grid,
        model,
        crs,
        tuple(map(_run, values.get("runs", ()))),
        (_index(bounds["min"]), _index(bounds["max"])) if bounds else None,
        {name: value for name, value in values.items() if name not in known},
        _generation(values.get("generation", "")),
    )


def _generation(value: Any) -> str:
    if not re.fullmatch(r"([0-9a-f]{16})?", str(value)):
        raise ValueError(f"generation is {str(value)[:40]!r}, not 16 hexadecimal digits")
    return str(value)


def _run(values: Any) -> dict[str, Any]:
    run = dict(values)
    inputs = run.get("inputs", [])
    if not isinstance(inputs, list) or not all(isinstance(key, str) for key in inputs):
        raise ValueError(f"the inputs of a run are {str(inputs)[:40]!r}, not a list of texts")
    return run


def _index(values: Any) -> tuple[int, int, int]:
    x, y, z = map(int, values)
    return x, y, z


def widened(bounds: Bounds | None, tile: Sequence[int]) -> Bounds:
    """Bounds that hold another tile."""
    x, y, z = tile
    if bounds is None:
        return (x, y, z), (x, y, z)
    (x0, y0, z0), (x1, y1, z1) = bounds
    return (min(x0, x), min(y0, y), min(z0, z)), (max(x1, x), max(y1, y), max(z1, z))
