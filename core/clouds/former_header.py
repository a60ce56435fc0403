# SPDX-License-Identifier: GPL-2.0-or-later
"""Headers of copies that can be undone: the copy keeps what it replaces in records of its own."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from .header import HEADER_SIZE, PROJECTION, RECORD_LENGTH, LasHeader, Record
from .records import EXTRA_BYTES, decoded, point_format
from .source import Source

BEFORE, OTHER_CRS = ("Scree", 1), ("Scree", 2)
"""Records of copies that can be undone: the public header of the input; that its CRS was replaced."""
ASIDE = {EXTRA_BYTES[0]: "Scree LASF_Spec", PROJECTION: "Scree LASF_Proj"}
"""Users under which such copies keep the records of the input that they replace."""


def remembered(original: LasHeader, other_crs: bool) -> LasHeader:
    """The header with all ``former_header`` needs: what a copy replaces is there twice, once under a name of ours."""
    if original.find(*BEFORE):  # a copy to which more is added: what counts is what was before the first
        return original

    def doubled(records: Iterable[Record]) -> Iterator[Record]:
        for record in records:
            yield record
            if (record.user, record.id) == EXTRA_BYTES or (other_crs and record.user == PROJECTION):
                yield replace(record, user=ASIDE[record.user], field=b"")

    ours = [Record(*BEFORE, b"Header before augmentation", original.block)]
    if other_crs:
        ours.append(Record(*OTHER_CRS, b"CRS before augmentation differs", b""))
    return replace(original, records=(*doubled(original.records), *ours), extended=tuple(doubled(original.extended)))


def former_header(source: Source, added: Collection[str]) -> LasHeader | None:
    """The header that the input of an ``undoable`` copy had, ``added`` being the dimensions added to it.

    Of a copy that was changed since, or tells nothing of its input: its own header without these dimensions.
    """
    header = source.header
    if header is None:
        return None
    kept = [d for d in source.point_format.extra_dimensions if d.name not in added]
    length = RECORD_LENGTH[header.point_format] + sum(d.num_bits // 8 for d in kept)
    block = next((data for data in header.find(*BEFORE) if _is_before(data, header)), header.block)
    base = replace(header, block=block, minor=block[25], record_length=length)
    if block is not header.block:
        former = _undone(base, added, own=False)
        if [d[:4] for d in point_format(former)[0].extra_dimensions] == [d[:4] for d in kept]:
            return former
    return _undone(base, added, own=True)


def _is_before(block: bytes, header: LasHeader) -> bool:
    """Whether this can be the public header of what ``header`` was made of: another program may have changed that."""
    return len(block) >= HEADER_SIZE[0] and block[25] < len(HEADER_SIZE) and block[104] & 0x3F == header.point_format


def _undone(header: LasHeader, added: Collection[str], own: bool) -> LasHeader:
    """The header with the records that were replaced, and no description of the dimensions ``added``.

    ``own``: the descriptions of the other extra bytes are those of the header itself, not those replaced.
    """
    other_crs = bool(header.find(*OTHER_CRS))
    theirs = {ours: user for user, ours in ASIDE.items()}

    def given_back(records: Iterable[Record]) -> Iterator[Record]:
        for record in records:
            kind = record.user, record.id
            former = (theirs.get(record.user, record.user), record.id)
            if former == EXTRA_BYTES:
                data = _without(record.data, added)
                if (kind == former) == own and (data or not record.data):
                    yield replace(record, user=former[0], data=data, field=b"")
            elif kind not in (BEFORE, OTHER_CRS) and not (other_crs and record.user == PROJECTION):
                yield record if former == kind else replace(record, user=former[0], field=b"")

    return replace(header, records=tuple(given_back(header.records)), extended=tuple(given_back(header.extended)))


def _without(descriptions: bytes, names: Collection[str]) -> bytes:
    """Descriptions of extra bytes but for those of these names."""
    each = (descriptions[at : at + 192] for at in range(0, len(descriptions), 192))
    return b"".join(one for one in each if decoded(one[4:36]) not in names)
