# SPDX-License-Identifier: GPL-2.0-or-later
"""One LAS or LAZ file out, made under another name beside the target, whose place it takes when whole."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, OutputError, ScreeError
from ..jobs.disk import let_go
from ..jobs.part import Part
from .chunk import Column
from .fitting import Fitting
from .output_header import RECORD_SIGNATURE, count_records, not_copied, write_records
from .packages import package
from .records import SCAN_ANGLE_STEP
from .rows import Rows
from .source import Source

Mask = NDArray[np.bool_]
INT32 = 2.0**31
SPOILED = (9, 10)
"""Point formats whose wave packets lazrs 0.8 mixes up where scanner channels differ."""
ROUNDED = 1e-4
"""Part of a step: a coordinate moved by more when it is brought to another scale counts as rounded."""


MINOR_AT = 25
"""Byte of the minor version."""
SYNC_BYTES = 1 << 25
"""Written between two syncs to disk, beside the work: the last one, which no one can cancel, is short."""


class CloudWriter:
    """Writes one LAS or LAZ file, as a context: whole at its end, nothing of it after an exception::

        with CloudWriter("out.laz", copied_header(sources, [ExtraDimension("density", "f4")]), sources) as out:
            for source in sources:
                for start, records in source.records():
                    out.copy(source, records, {"density": column}, keep=mask)

    Raises OutputError where the disk is full or may not be written, InputError if ``path`` is an input.
    """

    def __init__(self, path: str, header: Any, inputs: Sequence[Source] = (), fitting: Fitting | None = None) -> None:
        """``fitting``, where given, puts the columns that are added to copies into their dimensions."""
        self.path = path
        self.points = 0
        self.rounded = 0
        """Coordinates changed because their file's scale or offset is not that of the output."""
        self._header = header
        self._inputs = inputs
        self._fitting = fitting
        target = Path(path)
        if target.suffix.lower() not in (".las", ".laz") or target.name.lower().endswith(".copc.laz"):
            raise OutputError(f"{path} must end in .las or .laz, and COPC is not written: give another name.")
        if header.point_format.id in SPOILED and target.suffix.lower() == ".laz":
            raise OutputError(
                f"{path} would be LAZ of point format {header.point_format.id}, whose wave packets lazrs spoils: "
                "give a name that ends in .las."
            )
        for source in inputs:
            if os.path.realpath(source.path) == os.path.realpath(path):
                raise InputError(f"{path} is an input and the output: inputs are never changed, give another name.")
        self._part: Any = None
        self._file: Any = None
        self._las: Any = None
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="scree-writer")
        self._pending: Future[None] | None = None
        """The points that are being written while the next ones are put together."""
        self._dtype = header.point_format.dtype()
        self._memory, self._spare = np.zeros(0, self._dtype), np.zeros(0, self._dtype)
        """Of the points put together last and of those before, in turns: fresh pages cost more than a copy."""
        self._syncing: Future[None] | None = None
        self._synced = 0
        """Bytes of the file when the last sync began."""

    def __enter__(self) -> CloudWriter:
        laspy = package("laspy")
        compress = self.path.lower().endswith(".laz")
        if compress:
            package("lazrs")
        with self._writing():
            self._part = Part(Path(self.path))
            self._file = open(self._part.path, "xb")  # noqa: SIM115 (closed by __exit__)
            self._las = laspy.LasWriter(
                self._file, self._header, do_compress=compress, closefd=False, encoding_errors="replace"
            )
            self._las.header.grow = partial(count_records, self._las.header)
            for vlrs in (self._las.header.vlrs, self._header.evlrs):
                if vlrs:
                    reserved = RECORD_SIGNATURE if self._minor() == 0 else 0
                    vlrs.write_to = partial(write_records, reserved, vlrs)  # the header is written again at the end
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._discard()
            return
        self._finish_pending()
        self._finish_sync()
        self._threads.shutdown()
        with self._writing():
            if self._header.evlrs:
                self._las.write_evlrs(self._header.evlrs)
            self._las.close()
            self._file.seek(MINOR_AT)
            self._file.write(bytes([self._minor()]))
            self._file.close()
            self._part.take_place()

    def _minor(self) -> int:
        """Minor version of the file: laspy writes no LAS 1.0, and 1.1 is laid out as 1.2."""
        minor = int(self._header.version.minor)
        first = self._inputs[0].header if self._inputs else None
        return min(minor, first.minor) if first is not None and minor == 2 else minor

    def notes(self) -> tuple[str, ...]:
        """What the output lacks of the inputs, as sentences."""
        lost = [note for source in self._inputs for note in not_copied(source)]
        if self.rounded:
            lost.append(f"{self.rounded:,} coordinates were rounded to the scales and offsets of {self.path}.")
        return tuple(lost)

    def copy(
        self, source: Source, records: Any, columns: Mapping[str, Column] | None = None, keep: Mask | None = None
    ) -> None:
        """Append records of a source, all or those of the mask ``keep``, with their added columns."""
        array = records.array if keep is None else records.array[keep]
        target = self._empty(len(array))
        _copy_fields(array, target.array)
        self._rescale(source, target.array)
        self._append(target, columns or {}, keep)

    def add(self, columns: Mapping[str, Column]) -> None:
        """Append new points: ``x``, ``y``, ``z`` in CRS units and any dimension of the output by name.

        What is not given is 0; scan angles are in degrees.
        """
        target = self._empty(len(columns["x"]))
        for axis, name in enumerate("xyz"):
            scale, offset = self._header.scales[axis], self._header.offsets[axis]
            target.array[name.upper()] = self._integers((columns[name] - offset) / scale)
        self._append(target, {name: column for name, column in columns.items() if name not in "xyz"}, None)

    def _append(self, target: Any, columns: Mapping[str, Column], keep: Mask | None) -> None:
        together = (
            isinstance(columns, Rows) and keep is None and self._fitting is None and columns.copied_to(target.array)
        )
        for name, column in () if together else columns.items():
            values = column if keep is None else column[keep]
            if self._fitting is not None:
                self._fitting.put(target, self._header, name, values)
                continue
            if name == "scan_angle":
                name, values = self._scan_angle(values)
            target[name] = values
        self._finish_pending()
        self._sync()
        self._pending = self._threads.submit(self._las.write_points, target)
        self.points += len(target)

    def _finish_pending(self) -> None:
        pending, self._pending = self._pending, None
        if pending is not None:
            with self._writing():
                pending.result()

    def _sync(self) -> None:
        """Begin to bring what was written to the disk, where it is much and the last time is over."""
        size, before = self._file.tell(), self._synced
        if size - before >= SYNC_BYTES and (self._syncing is None or self._syncing.done()):
            self._finish_sync()
            self._syncing, self._synced = self._threads.submit(self._sync_part, before, size), size

    def _sync_part(self, start: int, stop: int) -> None:
        os.fsync(self._file.fileno())
        let_go(self._file.fileno(), start, stop)

    def _finish_sync(self) -> None:
        syncing, self._syncing = self._syncing, None
        if syncing is not None:
            with self._writing():
                syncing.result()

    def _scan_angle(self, degrees: Column) -> tuple[str, Column]:
        if "scan_angle" in self._header.point_format.dimension_names:
            return "scan_angle", np.rint(degrees / SCAN_ANGLE_STEP).astype(np.int16)
        return "scan_angle_rank", np.rint(degrees).astype(np.int8)

    def _empty(self, points: int) -> Any:
        """Records of zeros, where no pending ones are."""
        self._memory, self._spare = self._spare, self._memory
        if len(self._memory) < points:
            self._memory = np.empty(points, self._dtype)
        array = self._memory[:points]
        array.view(np.uint8)[:] = 0
        return package("laspy").PackedPointRecord(array, self._header.point_format)

    def _rescale(self, source: Source, array: Any) -> None:
        for axis, name in enumerate("XYZ"):
            scale, offset = self._header.scales[axis], self._header.offsets[axis]
            if source.scales[axis] == scale and source.offsets[axis] == offset:
                continue
            steps = (array[name] * source.scales[axis] + (source.offsets[axis] - offset)) / scale
            self.rounded += int(np.count_nonzero(np.abs(steps - np.rint(steps)) > ROUNDED))
            array[name] = self._integers(steps)

    def _integers(self, steps: Column) -> Column:
        whole = np.rint(steps)
        if len(whole) and not (np.abs(whole) < INT32).all():
            raise InputError(
                f"{self.path} cannot hold all points: some lie over 2^31 steps of its scales "
                f"{tuple(self._header.scales)} from its offsets; write the inputs to several files."
            )
        return whole.astype(np.int32)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except BaseException as error:
            self._discard()
            if isinstance(error, ScreeError):
                raise
            if isinstance(error, OSError) or type(error).__name__ in ("LazrsError", "PanicException"):
                reason = getattr(error, "strerror", None) or error
                raise OutputError(
                    f"{self.path} cannot be written ({reason}): check the free space and the rights."
                ) from error
            raise

    def _discard(self) -> None:
        self._threads.shutdown()
        self._las = None
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
        if self._part is not None:
            self._part.remove()


def _copy_fields(array: NDArray[np.void], target: NDArray[np.void]) -> None:
    """The fields both records have; at once where one record begins with the other."""
    source, larger = array.dtype, target.dtype
    names = source.names or ()
    if all(name in (larger.names or ()) and source.fields[name][:2] == larger.fields[name][:2] for name in names):  # type: ignore[index]
        part = np.dtype({"names": ["all"], "formats": [f"V{source.itemsize}"], "itemsize": larger.itemsize})
        target.view(part)["all"] = np.ascontiguousarray(array).view(f"V{source.itemsize}")
        return
    for name in names:
        if name in (larger.names or ()):
            target[name] = array[name]
