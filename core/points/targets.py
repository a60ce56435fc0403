# SPDX-License-Identifier: GPL-2.0-or-later
"""What a run over points writes: which file gets the points of which inputs, all refused before the work."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import OptionError, OutputError
from ..jobs.disk import require_writable, written_to
from .options import PointOptions

if TYPE_CHECKING:
    from ..clouds.collection import Collection
    from ..clouds.source import Source

COPC = ".copc.laz"


@dataclass(frozen=True)
class Output:
    """A file to write, and the sources whose points go there."""

    path: Path
    collection: Collection


@dataclass(frozen=True)
class Outputs:
    """Everything a run writes."""

    files: tuple[Output, ...]
    virtual: Mapping[Path, tuple[Path, ...]]
    """Virtual point clouds, and the files each is of."""
    notes: tuple[str, ...]
    """Sentences for the log: what is stored otherwise than it came."""

    def write_virtual(self) -> None:
        """Write the virtual point clouds, once their files are there.  Raises OutputError."""
        from ..clouds.virtual import write_virtual

        for path, files in self.virtual.items():
            write_virtual(path, files)


def check_outputs(options: PointOptions, collection: Collection, dimensions: Mapping[str, np.dtype[Any]]) -> Outputs:
    """What is written, with ``dimensions`` added.  Raises OptionError, InputError, OutputError where that cannot be."""
    from ..clouds.las_writer import CloudWriter
    from ..clouds.output_header import copied_header
    from ..clouds.writer import extra_dimensions

    files = _files(options, collection)
    inputs = {Path(source.path).resolve() for source in collection.sources}
    for output in files:
        if output.path.resolve() in inputs:
            raise OutputError(f"{output.path} is an input: inputs are never changed, name another place.")
        sources = output.collection.sources
        CloudWriter(str(output.path), copied_header(sources, extra_dimensions(dimensions)), sources)
        require_writable(output.path)
    virtual = _virtual(options, files) if options.output_folder else {}
    for path in virtual:
        require_writable(path)
    return Outputs(files, virtual, tuple(_notes(collection.sources)))


def _files(options: PointOptions, collection: Collection) -> tuple[Output, ...]:
    if options.output:
        return (Output(Path(options.output), collection),)
    folder = Path(options.output_folder)
    with written_to(folder):
        folder.mkdir(parents=True, exist_ok=True)
    files = tuple(Output(folder / _name(s), replace(collection, sources=(s,))) for s in collection.sources)
    _refuse_equal(output.path for output in files)
    return files


def _refuse_equal(paths: Iterable[Path]) -> None:
    names: set[str] = set()
    for path in paths:
        if path.name.lower() in names:
            raise OptionError(f"Two inputs are called {path.name}; OUTPUT_FOLDER needs names that differ: use OUTPUT.")
        names.add(path.name.lower())


def _name(source: Source) -> str:
    """Name of a copy: COPC becomes LAZ, text LAS, and so do waveforms, which LAZ would spoil."""
    from ..clouds.las_writer import SPOILED

    name = Path(source.path).name
    if name.lower().endswith(COPC):
        name = name[: -len(COPC)] + ".laz"
    keeps = name.lower().endswith((".las", ".laz")) and source.point_format.id not in SPOILED
    return name if keeps else Path(name).stem + ".las"


def _virtual(options: PointOptions, files: tuple[Output, ...]) -> dict[Path, tuple[Path, ...]]:
    """The virtual point clouds of an output folder: one for each among the inputs."""
    from ..clouds.inputs import expand, virtual_cloud

    folder = Path(options.output_folder)
    by_input = {os.path.realpath(output.collection.sources[0].path): output.path for output in files}
    found: dict[Path, tuple[Path, ...]] = {}
    for path in filter(None, map(virtual_cloud, options.inputs)):
        target = folder / path.name
        if target in found:
            raise OptionError(f"Two inputs are called {path.name}; OUTPUT_FOLDER needs names that differ: rename one.")
        if target.resolve() == path.resolve():
            raise OutputError(f"{target} is an input: inputs are never changed, name another place.")
        named = (os.path.realpath(entry.path) for entry in expand([str(path)], with_text=True) if not entry.reason)
        found[target] = tuple(by_input[name] for name in named if name in by_input)
    return found


def _notes(sources: tuple[Source, ...]) -> Iterable[str]:
    copc = [source.path for source in sources if source.path.lower().endswith(COPC)]
    if copc:
        more = f" and {len(copc) - 1:,} more" if len(copc) > 1 else ""
        yield f"{copc[0]}{more}: the points of COPC are written as plain LAS or LAZ, without its octree."
