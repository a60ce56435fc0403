# SPDX-License-Identifier: GPL-2.0-or-later
"""A point has one value of every coordinate and attribute, whoever asks: itself, its neighbors, a filter or a pass."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import laspy
import numpy as np
import pytest
from points_made import load, run, save

from scree.core.points.cellstatistics import CellStatistics
from scree.core.points.formulas import Calculator, parse_assignments
from scree.core.points.gridding import grid_points
from scree.core.points.gridoptions import GridOptions
from scree.core.points.normals import Normals
from scree.core.points.options import PointOptions
from scree.core.points.pointstats import PointStatistics
from scree.core.points.selection import Selection
from scree.core.points.stream import stream_points
from scree.core.points.surfaces import PointGrid

CLOUDS = {
    "ahn-delft-small.laz": "thousandths, extra dimensions",
    "autzen_trim.laz": "hundredths",
    "lidR-Topography.laz": "quarters of thousandths",
    "copc/lone-star.copc.laz": "quarters of thousandths, offsets to match",
    "hexbin-crop.las": "offsets of many digits, which are rounded",
    "ahn3-laserchicken.laz": "offsets of many digits, which are rounded",
}
POINTS = 700
SELF = "knn(k=1 dim=3d)"


@pytest.fixture(scope="module", params=sorted(CLOUDS))
def cloud(request, scree_data, tmp_path_factory) -> str:
    """Some points of a real cloud, each at a place of its own, with the scales and offsets of the cloud."""
    source = scree_data / "airborne" / request.param
    with laspy.open(str(source)) as reader:
        found = reader.read_points(60_000)
        header = reader.header
    _, first = np.unique(np.column_stack([found.X, found.Y, found.Z]) // 10, axis=0, return_index=True)
    some = np.sort(np.random.default_rng(1).choice(first, min(POINTS, len(first)), replace=False))
    out = laspy.LasData(laspy.LasHeader(point_format=header.point_format, version=header.version))
    out.header.scales, out.header.offsets = header.scales, header.offsets
    out.points = found[some]
    path = tmp_path_factory.mktemp("cloud") / "cloud.las"
    out.write(str(path))
    return str(path)


def attributes(path: str) -> list[str]:
    """Everything a formula may name, but what is NaN."""
    las, names = load(path), {"X": "x", "Y": "y", "Z": "z", "scan_angle_rank": "scan_angle"}
    kept = (n for n in las.point_format.dimension_names if np.isfinite(np.asarray(las[n], float)).all())
    return [names.get(name, name) for name in kept]


def equal_to_itself(path: str) -> str:
    return f"Generic[{' and '.join(f'{name} == b.{name}' for name in attributes(path))}]"


def test_every_engine_over_points_finds_a_point_equal_to_itself(cloud, tmp_path) -> None:
    rule = {"neighbor_filter": equal_to_itself(cloud)}
    counted = run(PointStatistics("z", "pcount,min,max"), cloud, tmp_path / "s.las", SELF, **rule)
    assert (np.asarray(counted.pcount_z) == 1).all()
    assert not np.asarray(counted.min_z).any()
    assert not np.asarray(counted.max_z).any()
    planes = run(Normals(), cloud, tmp_path / "n.las", SELF, **rule)
    assert (np.asarray(planes.NormalPtsGiven) == 1).all()
    kept = run(Selection(), cloud, tmp_path / "k.las", f"{SELF} minPtCount=1", kept="with", **rule)
    assert len(kept.points) == len(counted.points)
    sphere = run(PointStatistics("z", "pcount"), cloud, tmp_path / "o.las", "sphere(r=0.000001)", **rule)
    assert (np.asarray(sphere.pcount_z) == 1).all()


@pytest.mark.parametrize("query", [SELF, "circle(d=1) sampling(cellsize=0.002 select=max[z])"])
def test_formulas_see_one_value_of_a_point(cloud, tmp_path, query) -> None:
    names = attributes(cloud)
    lines = [f"_d{i}(double) = n[0].{name} - {name}" for i, name in enumerate(names)]
    lines += [f"_e{i}(double) = n[0].{name} == {name} ? 1 : 0" for i, name in enumerate(names)]
    found = run(Calculator(parse_assignments("\n".join(lines))), cloud, tmp_path / "f.las", query,
                neighbor_filter="Generic[abs(x - b.x) < 0.00001 and abs(y - b.y) < 0.00001]")  # fmt: skip
    alone = ~np.isnan(np.asarray(found._d0))
    assert alone.mean() > 0.9
    for i, name in enumerate(names):
        assert not np.asarray(found[f"_d{i}"])[alone].any(), name
        assert (np.asarray(found[f"_e{i}"])[alone] == 1).all(), name


def test_a_pass_without_neighbors_gives_the_same_bytes(cloud, tmp_path) -> None:
    text = "_x(double) = x\n_y(double) = y\n_z(double) = z"
    own = run(Calculator(parse_assignments(text)), cloud, tmp_path / "own.las", SELF)
    near = run(Calculator(parse_assignments("_x(double)=n[0].x\n_y(double)=n[0].y\n_z(double)=n[0].z")), cloud,
               tmp_path / "near.las", SELF)  # fmt: skip
    options = PointOptions(inputs=(cloud,), output=str(tmp_path / "pass.las"), max_memory=1500)
    stream_points(options, Calculator(parse_assignments(text)))
    passed = load(tmp_path / "pass.las")
    for axis in ("_x", "_y", "_z"):
        assert np.asarray(own[axis]).tobytes() == np.asarray(near[axis]).tobytes()
        if rounded(cloud):  # to the lattice, with a warning: a pass has none
            assert np.allclose(own[axis], passed[axis], rtol=0, atol=1e-3)
        else:
            assert np.asarray(own[axis]).tobytes() == np.asarray(passed[axis]).tobytes()


def rounded(path: str) -> bool:
    header = load(path).header
    return any(abs(o / s - round(o / s)) > 1e-6 for o, s in zip(header.offsets, header.scales, strict=True))


def test_a_filter_by_point_and_one_by_pair_agree_on_the_decimals_of_a_coordinate(cloud, tmp_path) -> None:
    text = "_x(double)=x\n_y(double)=y\n_z(double)=z"
    told = run(Calculator(parse_assignments(text)), cloud, tmp_path / "t.las", SELF)
    for at in (0, 1, 2, 3):
        for axis in "xyz":
            values = np.asarray(told[f"_{axis}"])
            edge = float(values[at])
            rule = f"{axis} == {edge!r} or {axis} > {edge!r}"
            expected = int(np.count_nonzero(values >= edge))
            for text in (f"Generic[{rule}]", f"Generic[({rule}) and b.z == b.z]"):
                found = run(PointStatistics("z", "pcount"), cloud, tmp_path / "c.las", f"knn(k={POINTS})",
                            neighbor_filter=text)  # fmt: skip
                assert set(np.asarray(found.pcount_z).tolist()) == {expected}, (text, at)


def test_a_made_point_of_one_point_is_that_point(cloud, tmp_path) -> None:
    found = run(PointStatistics("z", "pcount,min,max"), cloud, tmp_path / "m.las",
                "circle(d=1) sampling(cellsize=0.002 select=mean[z])",
                neighbor_filter="Generic[x == b.x and y == b.y and z == b.z]")  # fmt: skip
    counts = np.asarray(found.pcount_z)
    assert (counts == 1).mean() > 0.9
    assert not np.asarray(found.min_z)[counts == 1].any()


@pytest.mark.parametrize("scale", [0.001, 0.01, 0.00025])
def test_cells_see_the_points_at_their_centers(tmp_path, scale) -> None:
    rng, cell = np.random.default_rng(3), 0.7
    out = laspy.LasData(laspy.LasHeader(point_format=3, version="1.2"))
    out.header.scales, out.header.offsets = [scale] * 3, [637_301.2, 851_217.5, 496.48]
    out.points = laspy.ScaleAwarePointRecord.zeros(300, header=out.header)
    steps = round(cell / scale)
    for axis, offset in zip("XYZ", out.header.offsets, strict=True):
        corner = round(offset / scale)
        places = (rng.integers(0, 40, 300) * 2 + 1) * steps // 2 + (corner // steps + 1) * steps
        setattr(out, axis, (places - corner if axis != "Z" else rng.integers(0, 90_000, 300)).astype(np.int32))
    path = tmp_path / "a.las"
    out.write(str(path))
    centered = len({(int(x), int(y)) for x, y in zip(out.X, out.Y, strict=True)})
    for engine in (CellStatistics("z", "pcount", False), PointGrid("nearest", "z", "count")):
        bands = raster(engine, str(path), tmp_path / "o.tif", cell, "circle(r=0.1)", "Generic[x == b.x and y == b.y]")
        assert np.count_nonzero(~np.isnan(bands[0])) == centered


def raster(engine: Any, source: str, output: Path, cell: float, neighborhood: str, accepted: str) -> Any:
    rasterio = pytest.importorskip("rasterio")
    grid_points(GridOptions(inputs=(source,), output=str(output), resolution=cell, neighborhood=neighborhood,
                            neighbor_filter=accepted, max_memory=1500), engine)  # fmt: skip
    with rasterio.open(output) as found:
        return found.read(masked=True).filled(np.nan)


def test_coordinates_of_a_file_are_the_floats_nearest_to_their_decimals(tmp_path) -> None:
    from scree.core.clouds.chunk import coordinates

    steps = np.arange(35_000, 45_000, dtype=np.int32)
    assert coordinates(steps, 0.01, 0.0).tolist() == [float(f"{n // 100}.{n % 100:02}") for n in steps.tolist()]
    assert coordinates(steps, 0.001, -0.5).tolist() == [(n - 500) / 1000 for n in steps.tolist()]
    odd = 393775.82306091185
    assert np.allclose(coordinates(steps, 0.0010000000474974513, odd), steps * 0.0010000000474974513 + odd)


def test_a_height_of_another_cloud_is_compared_as_it_stands(tmp_path) -> None:
    xyz = np.round(np.random.default_rng(8).uniform(300, 400, (400, 3)), 2)
    mine, theirs = save(tmp_path / "a.las", xyz), save(tmp_path / "b.las", xyz)
    found = run(Calculator(parse_assignments("_same(uint8) = n[0].z == z ? 1 : 0")), mine, tmp_path / "o.las", SELF,
                other_cloud=(theirs,))  # fmt: skip
    assert (np.asarray(found._same) == 1).all()


def test_a_cloud_wider_than_ticks_can_count_keeps_its_millimeters(tmp_path) -> None:
    rng = np.random.default_rng(5)
    steps = rng.integers(0, 5_000, (300, 3))
    steps[:100, 0] += 900_000_000  # 900 km away
    source = save(tmp_path / "a.las", steps / 1000, point_source_id=np.arange(300, dtype=np.uint16))
    lines = [f"_{a}(double) = {a}\n_n{a}(double) = n[0].{a}" for a in "xyz"]
    found = run(Calculator(parse_assignments("\n".join(lines))), source, tmp_path / "o.las", SELF,
                neighbor_filter="Generic[PointSourceId == b.PointSourceId]")  # fmt: skip
    for i, axis in enumerate("xyz"):
        assert np.asarray(found[f"_{axis}"]).tolist() == (steps[:, i] / 1000).tolist()
        assert np.asarray(found[f"_n{axis}"]).tolist() == (steps[:, i] / 1000).tolist()
