# SPDX-License-Identifier: GPL-2.0-or-later
"""Result files: what a unit leaves behind, and the only ledger of what is done.

Layout: raw arrays, one after the other; a JSON header that says where they are; a footer with the
lengths and a CRC-32 of all before it.  A file that was cut or damaged has no valid footer and
counts as absent, so no sync is needed: power loss costs a unit, never a wrong value.
"""

from __future__ import annotations

import json
import os
import struct
import threading
import zlib
from collections.abc import Callable, Mapping
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import StoreError
from ..json_text import parsed
from .disk import discard, open_new, written_to

MAGIC = b"scree 1\n"
FOOTER = struct.Struct("<8sQQI")
"""Magic, bytes of the arrays, bytes of the header, CRC-32 of both."""
BLOCK = 1 << 20


def write_result(path: Path, header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write ``path`` whole or not at all.  Raises OutputError."""
    temporary = path.with_name(f"{path.stem}.part{path.suffix}")
    places, offset, crc = {}, 0, 0
    try:
        with written_to(path), open_new(temporary) as file:
            for name, array in arrays.items():
                data = np.ascontiguousarray(array)
                places[name] = {"dtype": data.dtype.str, "shape": array.shape, "offset": offset}
                raw = data.reshape(-1).view(np.uint8).data
                crc = zlib.crc32(raw, crc)
                offset += file.write(raw)
            text = json.dumps({"header": dict(header), "arrays": places}).encode()
            file.write(text + FOOTER.pack(MAGIC, offset, len(text), zlib.crc32(text, crc)))
            file.close()
            os.replace(temporary, path)
    finally:
        discard(temporary)


class Result:
    """An open result file: ``header`` as written, arrays read by rows."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._path = path
        try:
            self._file = open(path, "rb", buffering=0)  # noqa: SIM115 - closed by close()
        except OSError as error:
            raise StoreError(f"The result {path} cannot be read ({error.strerror}): start the run again.") from error
        try:
            self._sizes = self._read_footer()
            text = self._read(self._sizes[0], np.empty(self._sizes[1], np.uint8)).tobytes()
            content = parsed(text)
            self.header: dict[str, Any] = content["header"]
            self._places: dict[str, dict[str, Any]] = content["arrays"]
        except (ValueError, KeyError) as error:
            self.close()
            raise self._damaged() from error
        except StoreError:
            self.close()
            raise

    def __enter__(self) -> Result:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        self._file.close()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._places)

    def shape(self, name: str) -> tuple[int, ...]:
        return tuple(self._places[name]["shape"])

    def rows(self, name: str, start: int = 0, stop: int | None = None) -> NDArray[Any]:
        """Rows ``start`` to ``stop`` (along the first axis) of an array, and no more of it."""
        place, shape = self._places[name], self.shape(name)
        dtype = np.dtype(place["dtype"])
        start, stop, _ = slice(start, stop).indices(shape[0])
        out = np.empty((max(0, stop - start), *shape[1:]), dtype)
        row_bytes = prod(shape[1:]) * dtype.itemsize
        self._read(place["offset"] + start * row_bytes, out.reshape(-1).view(np.uint8))
        return out

    def is_intact(self, check: Callable[[], None] = lambda: None) -> bool:
        """True if every byte is as written; reads the whole file, with a ``check`` for each block of it."""
        crc, size = 0, sum(self._sizes[:2])
        for offset in range(0, size, BLOCK):
            check()
            crc = zlib.crc32(self._read(offset, np.empty(min(BLOCK, size - offset), np.uint8)).data, crc)
        return crc == self._sizes[2]

    def _read_footer(self) -> tuple[int, int, int]:
        length = self._file.seek(0, os.SEEK_END)
        if length < FOOTER.size:
            raise self._damaged()
        footer = self._read(length - FOOTER.size, np.empty(FOOTER.size, np.uint8)).tobytes()
        magic, arrays, header, crc = FOOTER.unpack(footer)
        if magic != MAGIC or arrays + header + FOOTER.size != length:
            raise self._damaged()
        return arrays, header, crc

    def _read(self, offset: int, out: NDArray[np.uint8]) -> NDArray[np.uint8]:
        with self._lock:
            self._file.seek(offset)
            done = 0
            while done < len(out):
                got = self._file.readinto(out[done:].data)
                if not got:
                    raise self._damaged()
                done += got
        return out

    def _damaged(self) -> StoreError:
        return StoreError(f"The result {self._path} is incomplete or damaged: start the run again with RESUME off.")


def is_valid(path: Path, check: Callable[[], None] = lambda: None) -> bool:
    """True if ``path`` is a whole, undamaged result; every byte is read, and ``check`` may stop that."""
    check()
    try:
        with Result(path) as result:
            return result.is_intact(check)
    except StoreError:
        return False
