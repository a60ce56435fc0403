# SPDX-License-Identifier: GPL-2.0-or-later
"""OctoMap's files: a text header, then the tree.  .bt keeps occupied or free, .ot log-odds (and colors)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..coordinates import coordinate
from ..errors import InputError
from ..jobs.disk import open_regular
from .octree import Leaves, Level, decode_bt, decode_ot, encode_bt, encode_ot, node_count

FIRST_LINES = {"bt": "# Octomap OcTree binary file", "ot": "# Octomap OcTree file"}
COMMENT = "# (feel free to add / change comments, but leave the first line as it is!)"
STRIDES = {"OcTree": 5, "ColorOcTree": 8}
"""Bytes of a node in an .ot file."""
HEADER_BYTES = 65536
"""More than any header with its comments."""


@dataclass(frozen=True)
class OctreeFile:
    """A tree as it was read."""

    kind: str
    """'bt' or 'ot'."""
    resolution: float
    nodes: int
    leaves: Leaves
    colors: NDArray[np.uint8]
    """RGB [n, 3] of a ColorOcTree, else [n, 0]."""


def header(kind: str, nodes: int, resolution: float) -> bytes:
    """The text before the tree; the resolution is whole, where OctoMap itself writes six digits."""
    lines = [FIRST_LINES[kind], COMMENT, "#", "id OcTree", f"size {nodes}", f"res {coordinate(resolution)}", "data"]
    return ("\n".join(lines) + "\n").encode()


def encode_octree(kind: str, levels: list[Level], resolution: float) -> bytes:
    """A whole file from the levels of a tree (from the root)."""
    if not len(levels[0]):
        return header(kind, 0, resolution)
    return header(kind, node_count(levels), resolution) + (encode_bt if kind == "bt" else encode_ot)(levels)


def read_octree(path: Path) -> OctreeFile:
    """Read a .bt or .ot file, whatever its name.  Raises InputError in one sentence."""
    try:
        with open_regular(path) as file:
            data = file.read()
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}): check the path.") from error
    kind = next((k for k, line in FIRST_LINES.items() if data.startswith(line.encode() + b"\n")), "")
    if not kind:
        raise InputError(f"{path} is no OctoMap file: its first line is neither that of a .bt nor that of an .ot file.")
    fields, start = _fields(data, path)
    name = fields.get("id", "")
    if name not in STRIDES or (kind == "bt" and name != "OcTree"):
        raise InputError(f"{path} is a .{kind} file of '{name}'; OcTree can be read, and ColorOcTree from .ot files.")
    nodes, resolution = _numbers(fields, path)
    if kind == "bt":
        leaves = decode_bt(data[start:], nodes, path)
        return OctreeFile(kind, resolution, nodes, leaves, np.empty((len(leaves), 0), np.uint8))
    leaves, colors = decode_ot(data[start:], nodes, STRIDES[name], path)
    return OctreeFile(kind, resolution, nodes, leaves, colors)


def _fields(data: bytes, path: Path) -> tuple[dict[str, str], int]:
    """The header's words, and where the tree begins."""
    fields: dict[str, str] = {}
    start = 0
    while True:
        end = data.find(b"\n", start, HEADER_BYTES)
        if end < 0:
            raise InputError(f"{path} has no line 'data' in its header: it is cut or damaged.")
        line, start = data[start:end].decode("ascii", "replace").strip(), end + 1
        if line == "data":
            return fields, start
        if line and not line.startswith("#"):
            word, _, value = line.partition(" ")
            fields[word] = value.strip()


def _numbers(fields: dict[str, str], path: Path) -> tuple[int, float]:
    try:
        nodes, resolution = int(fields["size"]), float(fields["res"])
    except (KeyError, ValueError) as error:
        raise InputError(f"{path} has no valid size and res in its header: it is damaged.") from error
    if nodes < 0 or not 0 < resolution < float("inf"):
        raise InputError(f"{path} has size {nodes} and res {coordinate(resolution)} in its header: it is damaged.")
    return nodes, resolution
