# SPDX-License-Identifier: GPL-2.0-or-later
"""Files that are none, or whose numbers cannot be: one sentence each, and never a wait without end."""

from __future__ import annotations

import json
import os
import socket
import struct
import threading
from math import inf, nan
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from augmentation_made import Land, save, write_raster_file

from scree.core.augmentation.job import augment_ground
from scree.core.augmentation.options import AugmentOptions
from scree.core.clouds.collection import open_collection
from scree.core.clouds.las import LasSource
from scree.core.clouds.las_writer import CloudWriter
from scree.core.clouds.output_header import ExtraDimension, copied_header
from scree.core.errors import InputError, ScreeError
from scree.core.neighborhood.expression.polygon_files import read_polygons
from scree.core.points.options import PointOptions
from scree.core.points.stream import stream_points
from scree.core.voxels.octree_files import read_octree
from scree.core.voxels.rays import read_poses, read_trajectory

NUMBERS = (1e300, 1e-300, 0.0, -0.001, nan, inf, -inf)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = np.random.default_rng(1)
    columns = dict(zip("xyz", np.round(rng.uniform(0, 50, (500, 3)), 3).T, strict=True))
    path = tmp_path_factory.mktemp("made") / "cloud.las"
    save(path, columns | {"classification": np.full(500, 2, np.uint8)}, corner=(0.0, 0.0))
    return path


def patched(path: Path, target: Path, *patches: tuple[int, bytes]) -> str:
    raw = bytearray(path.read_bytes())
    for at, data in patches:
        raw[at : at + len(data)] = data
    target.write_bytes(raw)
    return str(target)


@pytest.mark.parametrize("value", NUMBERS)
@pytest.mark.parametrize("at", range(131, 179, 8))
def test_scales_and_offsets_that_cannot_be(tmp_path: Path, made: Path, at: int, value: float) -> None:
    path = patched(made, tmp_path / "a.las", (at, struct.pack("<d", value)))
    if at >= 155 and abs(value) < 1:
        assert LasSource(path).points == 500
        return
    with pytest.raises(InputError, match=r"scales must be from .* header is damaged\.$"):
        LasSource(path)


@pytest.mark.parametrize("axis", range(3))
def test_offsets_too_far_for_their_scales(tmp_path: Path, made: Path, axis: int) -> None:
    patches = [(131 + 8 * axis, struct.pack("<d", 1e-10)), (155 + 8 * axis, struct.pack("<d", 6.8e6))]
    path = patched(made, tmp_path / "a.las", *patches)
    with pytest.raises(InputError, match="too far for the steps of its scales"):
        LasSource(path)


@pytest.mark.parametrize(("minor", "kind", "length"), [(2, 8, 38), (1, 2, 26), (0, 3, 34), (2, 4, 57), (3, 6, 30)])
@pytest.mark.parametrize("suffix", [".las", ".laz"])
def test_a_point_format_newer_than_the_file(tmp_path: Path, minor: int, kind: int, length: int, suffix: str) -> None:
    """Read with a note; the copy has the version its point format asks for."""
    header = bytearray(227 + 8 * (minor == 3))
    header[:4] = b"LASF"
    header[24:26] = bytes([1, minor])
    struct.pack_into("<HII", header, 94, len(header), len(header), 0)
    struct.pack_into("<BHI", header, 104, kind, length, 3)
    struct.pack_into("<6d", header, 131, *[0.01] * 3, *[0.0] * 3)
    points = b"".join(struct.pack("<3i", i, i, i).ljust(length, b"\0") for i in range(3))
    (tmp_path / "in.las").write_bytes(bytes(header) + points)
    source = LasSource(str(tmp_path / "in.las"))
    assert any(f"is LAS 1.{minor} with point format {kind}" in note for note in source.odd)
    with CloudWriter(str(tmp_path / f"out{suffix}"), copied_header([source], [ExtraDimension("n", "u1")])) as out:
        for _, records in source.records():
            out.copy(source, records, {"n": np.ones(3, np.uint8)})
    again = LasSource(str(tmp_path / f"out{suffix}"))
    assert again.points == 3 and again.header.minor > minor and not again.odd
    (chunk,) = again.chunks(["n"])
    assert chunk["n"].tolist() == [1, 1, 1] and chunk["x"].tolist() == [0, 0.01, 0.02]


@pytest.mark.parametrize(
    ("href", "told"),
    [("a\0b.las", r"a\?b\.las does not exist"), ("x" * 5000, r"x… \(5,\d{3} letters\) does not exist"),
     ("http://[", "is no address"), ("\ud800.las", "does not exist"), ("/dev/zero", "is a device; only files are read"),
     ("line\nbreak", r"line\?break does not exist"), ("file:///%00", "does not exist")],
)  # fmt: skip
def test_names_in_a_virtual_cloud_that_cannot_be(tmp_path: Path, href: str, told: str) -> None:
    features = [{"properties": {}, "assets": {"data": {"href": href}}}]
    (tmp_path / "a.vpc").write_text(json.dumps({"features": features}))
    with pytest.raises(InputError, match=told) as error:
        open_collection([str(tmp_path / "a.vpc")])
    assert len(str(error.value)) < 700 and str(error.value).isprintable()


@pytest.mark.parametrize("name", ["a\0b.las", "x" * 5000])
def test_inputs_that_are_no_paths(name: str) -> None:
    with pytest.raises(InputError, match="does not exist"):
        open_collection([name])


def test_a_virtual_cloud_of_brackets(tmp_path: Path) -> None:
    (tmp_path / "a.vpc").write_text("[" * 100_000)
    with pytest.raises(InputError, match="cannot be read as a virtual point cloud"):
        open_collection([str(tmp_path / "a.vpc")])


def no_files(folder: Path) -> Any:
    """A pipe and a socket, and a device by a link."""
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as sock:
        place = os.getcwd()
        os.chdir(folder)  # names of sockets are short
        try:
            sock.bind("socket")
        finally:
            os.chdir(place)
    (folder / "device").symlink_to("/dev/zero")
    return [folder / kind for kind in ("pipe", "socket", "device")]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names on this system")
def test_pipes_devices_and_sockets_are_no_inputs(tmp_path: Path, made: Path) -> None:
    """None is opened, so none waits for ever: a writer comes to no pipe here."""
    dtm = write_raster_file(tmp_path / "dtm.tif", np.zeros((60, 60)), -5, 55, 1.0, epsg=0)
    base: dict[str, Any] = {"inputs": (str(made),), "max_memory": 1500, "threads": 1}
    output = str(tmp_path / "o.las")

    def buildings(path: str) -> Any:
        options = AugmentOptions(**base, dtm=(dtm,), output=output, priorities=("buildings",), buildings=path)
        return augment_ground(options)

    uses = {
        ".las": lambda path: open_collection([path]),
        ".laz": lambda path: open_collection([path]),
        ".txt": lambda path: open_collection([path]),
        ".vpc": lambda path: open_collection([path]),
        ".tif": lambda path: augment_ground(AugmentOptions(**base, dtm=(path,), output=output)),
        ".gpkg": buildings,
        ".shp": read_polygons,
        ".poses.txt": lambda path: read_poses(path, 1),
        ".csv": read_trajectory,
        ".bt": lambda path: read_octree(Path(path)),
        ".r.tif": lambda path: stream_points(PointOptions(**base, output=output, rasters=(path,))),
    }
    told: dict[str, str] = {}

    def run() -> None:
        for kind in no_files(tmp_path):
            for suffix, use in uses.items():
                path = kind.with_name(kind.name + suffix)
                path.symlink_to(kind)
                try:
                    use(str(path))
                except InputError as error:
                    told[path.name] = str(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(120)
    assert not thread.is_alive() and len(told) == 3 * len(uses)
    for name, text in told.items():
        assert f"is a {name.partition('.')[0]}" in text, text


@pytest.mark.parametrize(
    "transform", [(0, 0, 0, 0, 0, 0), (0, 1, 0, 0, 1, 0), (0, nan, 0, 60, 0, -1), (inf, 1, 0, 60, 0, -1)]
)
def test_rasters_without_places(tmp_path: Path, made: Path, transform: Any) -> None:
    from osgeo import gdal

    path = tmp_path / "r.vrt"
    dtm = write_raster_file(tmp_path / "dtm.tif", np.zeros((60, 60)), -5, 55, 1.0, epsg=0)
    data = gdal.Translate(str(path), dtm)
    del data
    start, _, rest = path.read_text().partition("<GeoTransform>")
    path.write_text(f"{start}<GeoTransform>{', '.join(map(str, transform))}{rest[rest.index('</GeoTransform>') :]}")
    base: dict[str, Any] = {"inputs": (str(made),), "max_memory": 1500, "threads": 1, "output": str(tmp_path / "o.las")}
    with pytest.raises(InputError, match="has the geotransform"):
        stream_points(PointOptions(**base, rasters=(str(path),)))


@pytest.mark.parametrize("suffix", [".las", ".laz"])
def test_damaged_headers_never_raise_anything_else(tmp_path: Path, suffix: str) -> None:
    """300 mutants, read and copied where they can be."""
    rng = np.random.default_rng(7)
    cloud = {name: column[:300] for name, column in Land().cloud().items()}
    raw = Path(save(tmp_path / f"in{suffix}", cloud)).read_bytes()
    numbers = [struct.pack("<d", n) for n in NUMBERS] + [b"\xff" * 4, b"\0" * 8, struct.pack("<I", 1 << 31)]
    for _ in range(300):
        mutant = bytearray(raw)
        for _ in range(rng.integers(1, 4)):
            at, data = int(rng.integers(0, 900)), numbers[rng.integers(len(numbers))]
            mutant[at : at + len(data)] = data if rng.random() < 0.5 else rng.bytes(1)
        (tmp_path / f"m{suffix}").write_bytes(mutant[: rng.integers(len(mutant))] if rng.random() < 0.2 else mutant)
        try:
            source = open_collection([str(tmp_path / f"m{suffix}")]).sources[0]
            with CloudWriter(str(tmp_path / "o.las"), copied_header([source]), [source]) as out:
                for _, records in source.records():
                    out.copy(source, records)
        except ScreeError as error:
            assert str(error).count("\n") == 0
