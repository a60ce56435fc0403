# SPDX-License-Identifier: GPL-2.0-or-later
"""Which files an input stands for: a file, a folder, a virtual point cloud (VPC)."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse
from urllib.request import url2pathname

from ..errors import InputError, ScreeError
from ..jobs.disk import open_regular
from ..json_text import parsed

LAS_SUFFIXES = (".las", ".laz")
TEXT_SUFFIXES = (".txt", ".xyz", ".csv", ".asc", ".pts")
VPC_SUFFIX = ".vpc"
LONGEST_SHOWN = 300
"""Letters of a name in a message."""


@dataclass(frozen=True)
class Input:
    """A cloud file to be opened; ``crs`` is what a VPC says of it, ``reason`` why it cannot be."""

    path: str
    crs: str = ""
    reason: str = ""


def expand(inputs: Iterable[str], with_text: bool) -> list[Input]:
    """The files of all inputs, in their order; folders are sorted by name, repeats have a reason.

    Text files of a folder count only ``with_text``.  Raises InputError for what is not there.
    """
    found: list[Input] = []
    known: set[str] = set()
    for text in inputs:
        for entry in _files(text, with_text):
            real = entry.path if entry.reason else os.path.realpath(entry.path)
            again = real in known and not entry.reason
            found.append(Input(entry.path, reason="is named more than once and read once.") if again else entry)
            known.add(real)
    return found


def virtual_cloud(text: str) -> Path | None:
    """The VPC an input is, or the one its folder holds instead of clouds."""
    path = Path(text)
    if not os.path.isdir(path):
        return path if path.suffix.lower() == VPC_SUFFIX else None
    names = [entry for entry in path.iterdir() if entry.is_file()]
    virtual = [entry for entry in names if entry.suffix.lower() == VPC_SUFFIX]
    clouds = any(entry.suffix.lower() in LAS_SUFFIXES + TEXT_SUFFIXES for entry in names)
    return virtual[0] if len(virtual) == 1 and not clouds else None


def _files(text: str, with_text: bool) -> Iterator[Input]:
    path = Path(text)
    if os.path.isdir(text):
        yield from _folder(path, with_text)
    elif not os.path.exists(text):  # False, unlike Path.exists, for a name that no file can have
        raise InputError(f"{_shown(text)} does not exist: check the name.")
    elif path.suffix.lower() == VPC_SUFFIX:
        yield from _virtual(path)
    elif path.suffix.lower() in LAS_SUFFIXES + TEXT_SUFFIXES:
        yield Input(str(path))
    else:
        kinds = ", ".join((*LAS_SUFFIXES, VPC_SUFFIX, *TEXT_SUFFIXES))
        raise InputError(f"{text} is no point cloud by its name; known are {kinds} and folders: rename or convert it.")


def _folder(folder: Path, with_text: bool) -> Iterator[Input]:
    suffixes = LAS_SUFFIXES + (TEXT_SUFFIXES if with_text else ())
    entries = sorted(entry for entry in folder.iterdir() if entry.is_file())
    clouds = [entry for entry in entries if entry.suffix.lower() in suffixes]
    virtual = [entry for entry in entries if entry.suffix.lower() == VPC_SUFFIX]
    if not clouds and len(virtual) == 1:
        yield from _virtual(virtual[0])
        return
    if not clouds:
        raise InputError(f"{folder} holds no {', '.join(suffixes)} file: choose another folder.")
    names = {entry.name.lower() for entry in clouds}
    for entry in clouds:
        yield Input(str(entry), reason=_copy_of(entry.name.lower(), names))


def _copy_of(name: str, names: set[str]) -> str:
    """QGIS puts name.copc.laz beside a cloud it shows: the same points once more."""
    stem = name[: -len(".copc.laz")] if name.endswith(".copc.laz") else ""
    for original in (stem + ".las", stem + ".laz"):
        if stem and original in names:
            return f"is left out because {original}, of which it is a copy by its name, is in the same folder."
    return ""


def _virtual(path: Path) -> Iterator[Input]:
    """The local files of a VPC: a GeoJSON FeatureCollection of STAC items (PDAL wrench, vpc-spec)."""
    try:
        with open_regular(path) as file:
            features = parsed(file.read().decode())["features"]
        items = [(_href(feature), _crs(feature.get("properties") or {})) for feature in features]
    except ScreeError:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise InputError(
            f"{path} cannot be read as a virtual point cloud ({type(error).__name__}: {error}): make it again."
        ) from error
    if not items:
        raise InputError(f"{path} names no files: make it again.")
    for href, crs in items:
        try:
            parts = urlparse(href)
        except ValueError:
            yield Input(_shown(href), reason=f"is no address of a file, though {path} names it.")
            continue
        if parts.scheme in ("http", "https", "s3"):
            yield Input(_shown(href), reason="is not on this computer, and only local files are read: download it.")
            continue
        name = url2pathname(parts.path) if parts.scheme == "file" else href
        local = os.path.join(path.parent, name)
        if not os.path.exists(local) and parts.scheme != "file":
            local = os.path.join(path.parent, unquote(name))
        if os.path.exists(local):
            yield Input(os.path.normpath(local), crs)
        else:
            yield Input(_shown(os.path.normpath(local)), crs, f"does not exist, though {path} names it.")


def _shown(name: str) -> str:
    """A name that may be anything, for a message: on one line, and not too long."""
    text = "".join(letter if letter.isprintable() else "?" for letter in name)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}… ({len(text):,} letters)"


def _href(feature: Any) -> str:
    assets = feature["assets"]
    return str((assets.get("data") or list(assets.values())[0])["href"])


def _crs(properties: dict[str, Any]) -> str:
    wkt, code = properties.get("proj:wkt2"), properties.get("proj:epsg") or properties.get("proj:code")
    if wkt:
        return str(wkt)
    return f"EPSG:{code}" if isinstance(code, int) else str(code or "")
