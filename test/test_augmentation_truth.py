# SPDX-License-Identifier: GPL-2.0-or-later
"""What is accepted and what is rejected, where the truth is known: steep ground, wrong DTMs, shifted ones, nodata."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from augmentation_made import EPSG, SIDE, SOUTH, WEST, Land, augment, save, write_raster_file

from scree.core.augmentation.rays_kernel import STEPS, largest_steps
from scree.core.augmentation.support_kernel import support_planes
from scree.core.augmentation.validation import GROWTH
from scree.core.errors import InputError, OptionError

EVERYTHING = ("vegetation", "buildings", "water", "gaps")


def added(las: Any) -> Any:
    return np.asarray(las.SyntheticArea) > 0


@pytest.mark.parametrize("slope", [0.0, 0.5, 1.0])
def test_good_sites_are_accepted_on_slopes_to_45_degrees(tmp_path: Path, slope: float) -> None:
    land = Land(slope=slope, pond=(80.0, 80.0, 30.0))
    dtm = land.raster(tmp_path / "d.tif", error=0.1)
    las = augment(save(tmp_path / "c.las", land.cloud()), dtm, tmp_path / "o.las", strategy="gaps")
    assert las.report["rejected"]["residual"] + las.report["rejected"]["step"] <= 0.01 * las.report["points_accepted"]


@pytest.mark.parametrize("slope", [0.0, 1.0])
def test_wide_holes_in_rough_land_are_filled_to_their_edges(tmp_path: Path, slope: float) -> None:
    """At the edge of a wide hole the ground lies on one side, and a plane through it is no prophet of the other."""
    land = Land(side=260.0, slope=slope, bends=3.0, pond=(130.0, 130.0, 55.0))
    dtm = land.raster(tmp_path / "d.tif", error=0.1)
    cloud = save(tmp_path / "c.las", land.cloud(2.0))
    las = augment(cloud, dtm, tmp_path / "o.las", strategy="gaps", unverified="drop")
    assert las.report["rejected"]["residual"] + las.report["rejected"]["step"] <= 0.01 * las.report["points_accepted"]


def test_a_plane_of_45_degrees_over_a_gap_of_30_metres(tmp_path: Path) -> None:
    land = Land(slope=1.0, bends=0.0, pond=(60.0, 70.0, 30.0))
    las = augment(save(tmp_path / "c.las", land.cloud()), land.raster(tmp_path / "d.tif"), tmp_path / "o.las")
    new = added(las)
    assert las.report["validated_share"] == 1.0
    assert abs(np.asarray(las.z)[new] - land.ground(*las.xyz[new, :2].T)).max() <= 1e-2
    assert np.quantile(abs(np.asarray(las.SyntheticResidual)[new]), 0.95) < 0.15
    assert np.asarray(las.SyntheticGap)[new].max() > 25


@pytest.mark.parametrize("slope", [0.0, 1.0])
@pytest.mark.parametrize("wrong", [2.0, -2.0, 8.0])
def test_bad_areas_of_the_dtm_are_rejected(tmp_path: Path, slope: float, wrong: float) -> None:
    """Inside a hole (a roof left in the DTM), over a whole one and beyond, and over the edge of one."""
    land = Land(slope=slope, pond=(80.0, 80.0, 20.0))
    land.patches = [(72, 86, 72, 86, wrong), (15, 45, 15, 40, wrong), (60, 80, 5, 40, wrong)]
    las = augment(
        save(tmp_path / "c.las", land.cloud()), land.raster(tmp_path / "d.tif"), tmp_path / "o.las", strategy="gaps"
    )
    u, v = (las.xyz[added(las), :2] - [WEST, SOUTH]).T
    inside = np.zeros(len(u), bool)
    for a, b, c, d, _ in land.patches:
        inside |= (u > a) & (u < b) & (v > c) & (v < d)
    total = 14 * 14 + 16 * 20 + 10 * 25
    assert inside.sum() <= 0.01 * total
    kept = land.hidden(*las.xyz[added(las), :2].T)
    assert ((kept == 3) & ~inside).sum() > 0.95 * (np.pi * 17**2 - 16 * 16), "the rest of the pond is filled"


def test_the_limit_grows_with_the_distance_as_the_help_says() -> None:
    from scree.core.augmentation.lengths import resolve_lengths
    from scree.core.augmentation.options import AugmentOptions
    from scree.core.augmentation.validation import ASIDE, Rule

    lengths = resolve_lengths(AugmentOptions(inputs=("a",), dtm=("d",), max_residual=0.5), "")
    rule = Rule(lengths, 3, False, 1.0)
    gap, leverage = np.array([0.0, 10.0, 0.0, 0.0]), np.array([1.0, 1.0, 4.0, 1e6])
    assert rule.limit(gap, leverage).tolist() == [0.5, 0.5 * (1 + GROWTH * 10), 1.0, 0.5 * ASIDE]
    text = (Path(__file__).parent.parent / "algorithms" / "augmentground.py").read_text("utf-8")
    assert f"plus {100 * GROWTH:.0f} % for each metre" in text and f"up to {ASIDE:.0f} times" in text
    assert STEPS[0][1] == 1 and all(f"{large:g} times" in text for _, large in STEPS[1:])


def test_a_plane_and_its_leverage_are_those_of_a_linear_model() -> None:
    """Support without outliers: one fit by weights of 1/distance², and the variance of its prediction."""
    rng = np.random.default_rng(3)
    for middle in (0.0, 6.0):
        x, y = rng.uniform(-4, 4, (2, 16)) + [[middle], [0.0]]
        z = 0.3 * x - 0.2 * y + 7.0
        support = [np.ascontiguousarray(a[None]) for a in (x, y, z, 0.0 * z)]
        out = np.empty((1, 3))
        support_planes(*support, np.full((1, 4), 4), np.ones((1, 4), np.bool_), 4, 1.0, 0.5, 0.2, out)
        w = 1 / (x * x + y * y + 1)
        design = np.column_stack([np.ones(16), x, y])
        variance = np.linalg.inv(design.T @ (w[:, None] * design))[0, 0] * w.sum()
        assert out[0, :2] == pytest.approx([7.0, 0.0], abs=0.01)
        assert out[0, 2] == pytest.approx(variance, rel=0.01) and (out[0, 2] > 3) == (middle > 0)


def test_steps_are_edges_and_neither_slopes_nor_bends() -> None:
    at = np.arange(20.0)
    edge = np.clip(at - 9, 0, 1)  # within a stride
    lines = {
        "slope": 3 * at, "kink": np.maximum(at - 9, 0), "hill": 0.03 * at**2, "edge": 2 * edge,
        "between samples": 2 * np.clip(at - 8.5, 0, 1), "grazed": 2 * np.clip((at - 8) / 3.5, 0, 1),
        "terrace": 1.5 * np.clip((at - 8) / 3, 0, 1), "blurred": 2.5 / (1 + np.exp(-1.5 * (at - 9.5))),
        "nothing known": np.full(20, np.nan),
        "a hole": np.where((at > 5) & (at < 9), np.nan, np.maximum(at - 9, 0)),
    }  # fmt: skip
    z = np.concatenate(list(lines.values()))
    out = np.empty(len(lines))
    largest_steps(z, np.arange(len(lines)) * 20, np.full(len(lines), 20), out)
    found = dict(zip(lines, out, strict=True))
    assert found["edge"] == found["between samples"] == 2 / STEPS[0][1] and found["grazed"] == 2 / STEPS[1][1] > 1
    assert found["slope"] == found["kink"] == found["nothing known"] == found["a hole"] == 0
    assert found["blurred"] > 1 and found["hill"] < 0.5 and found["terrace"] <= 1


SHIFTED = {
    "another vertical datum": lambda z: z + 44,
    "in feet and the cloud in metres": lambda z: z / 0.3048,
    "surface model": lambda z: z + np.random.default_rng(1).uniform(0, 25, z.shape),
    "another place": lambda z: z[::-1, ::-1] * 3 - 380,
}


@pytest.mark.parametrize("cause", SHIFTED)
def test_a_shifted_dtm_stops_the_run_and_names_the_cause(tmp_path: Path, cause: str) -> None:
    land = Land(slope=0.3)
    good = land.raster(tmp_path / "good.tif")
    from osgeo import gdal

    raster = gdal.Open(good)
    raw = raster.GetRasterBand(1).ReadRaster(0, 0, raster.RasterXSize, raster.RasterYSize)
    z = np.frombuffer(raw, np.float32).reshape(raster.RasterYSize, raster.RasterXSize)
    dtm = write_raster_file(tmp_path / "d.tif", SHIFTED[cause](z), WEST - 5, SOUTH + SIDE + 5, 1.0)
    with pytest.raises(InputError, match=cause):
        augment(save(tmp_path / "c.las", land.cloud()), dtm, tmp_path / "o.las")
    assert not (tmp_path / "o.las").exists() and not list(tmp_path.glob("scree-*"))


def test_heights_above_ground_are_recognized(tmp_path: Path) -> None:
    land = Land(slope=0.3)
    cloud = land.cloud()
    cloud["z"] = cloud["z"] - np.round(land.ground(cloud["x"], cloud["y"]), 3)
    with pytest.raises(InputError, match="heights above ground"):
        augment(save(tmp_path / "c.las", cloud), land.raster(tmp_path / "d.tif"), tmp_path / "o.las")


@pytest.mark.parametrize(("hole", "nodata"), [(np.nan, None), (-9999.0, None), (-9999.0, -9999.0), (3e38, None)])
def test_no_point_comes_from_a_hole_of_the_dtm(tmp_path: Path, hole: float, nodata: float | None) -> None:
    land = Land()
    x, y = np.meshgrid(WEST + np.arange(SIDE) + 0.5, SOUTH + SIDE - np.arange(SIDE) - 0.5)
    z = land.ground(x, y)
    z[(x > WEST + 72) & (x < WEST + 88) & (y > SOUTH + 70) & (y < SOUTH + 90)] = hole
    dtm = write_raster_file(tmp_path / "d.tif", z, WEST, SOUTH + SIDE, 1.0, nodata=nodata)
    las = augment(save(tmp_path / "c.las", land.cloud()), dtm, tmp_path / "o.las", priorities=EVERYTHING)
    new = las.xyz[added(las)]
    assert abs(new[:, 2] - land.ground(*new[:, :2].T)).max() < 0.1
    u, v = (new[:, :2] - [WEST, SOUTH]).T
    assert not ((u > 71) & (u < 88) & (v > 70) & (v < 91)).any(), "all four pixels must be valid"
    assert any("has no height at" in m for m in las.report["messages"])
    assert any("not declared nodata" in m for m in las.report["messages"]) == (nodata is None and not np.isnan(hole))


def test_rasters_that_do_not_serve(tmp_path: Path) -> None:
    land = Land()
    cloud = save(tmp_path / "c.las", land.cloud())
    empty = write_raster_file(tmp_path / "empty.tif", np.full((130, 130), -9999.0), WEST - 5, SOUTH + 125, 1.0)
    with pytest.raises(InputError, match="all nodata"):
        augment(cloud, empty, tmp_path / "o.las")
    away = write_raster_file(tmp_path / "away.tif", np.full((9, 9), 200.0), WEST + 9000, SOUTH, 1.0)
    with pytest.raises(InputError, match="does not overlap"):
        augment(cloud, away, tmp_path / "o.las")
    (tmp_path / "text.tif").write_text("no raster")
    with pytest.raises(InputError, match="cannot be read as a raster"):
        augment(cloud, str(tmp_path / "text.tif"), tmp_path / "o.las")
    good = land.raster(tmp_path / "good.tif")
    las = augment(cloud, (away, empty, good), tmp_path / "o.las")
    assert set(np.asarray(las.SyntheticDtm)[added(las)]) == {3}
    assert any("left out" in m for m in las.report["messages"])


def test_a_dtm_of_half_the_cloud_fills_that_half(tmp_path: Path) -> None:
    land = Land()
    x, y = np.meshgrid(WEST + np.arange(85) + 0.5, SOUTH + SIDE - np.arange(SIDE) - 0.5)
    dtm = write_raster_file(tmp_path / "d.tif", land.ground(x, y), WEST, SOUTH + SIDE, 1.0)
    las = augment(save(tmp_path / "c.las", land.cloud()), dtm, tmp_path / "o.las")
    assert 0 < las.report["sites_without_dtm"] < las.report["sites"]
    assert (np.asarray(las.x)[added(las)] < WEST + 85).all() and added(las).any()


def test_another_crs_is_transformed_and_said(tmp_path: Path) -> None:
    from osgeo import gdal

    land = Land()
    good = land.raster(tmp_path / "good.tif", 0.5)
    warped = str(tmp_path / "d.tif")
    gdal.Warp(warped, good, dstSRS="EPSG:32631", resampleAlg="cubic", dstNodata=-9999)
    las = augment(save(tmp_path / "c.las", land.cloud()), warped, tmp_path / "o.las")
    new = las.xyz[added(las)]
    assert len(new) > 500 and abs(new[:, 2] - land.ground(*new[:, :2].T)).max() < 0.15
    assert any("another CRS" in m for m in las.report["messages"])


def test_lengths_in_feet(tmp_path: Path) -> None:
    """A cloud in feet takes the defaults of metres, and a DTM in feet with it."""
    land, foot = Land(), 0.3048
    cloud = {k: v / foot if k in "xyz" else v for k, v in land.cloud().items()}
    west, south = WEST / foot, SOUTH / foot
    x, y = np.meshgrid(west + np.arange(0, 394, 2) + 1, south + 394 - np.arange(0, 394, 2) - 1)
    dtm = write_raster_file(
        tmp_path / "d.tif", land.ground(x * foot, y * foot) / foot, west, south + 394, 2.0, epsg=2994
    )
    las = augment(
        save(tmp_path / "c.las", cloud, crs="EPSG:2994", corner=(west, south)), dtm, tmp_path / "o.las", strategy="gaps"
    )
    lengths = las.report["lengths"]
    assert (lengths["spacing"], lengths["min_spacing"]) == (3.29, 4.93) and not lengths["coarsened"]
    assert las.report["validated_share"] > 0.99 and las.report["points_accepted"] > 800


@pytest.mark.parametrize(("unverified", "codes"), [("flag", {105}), ("keep", {5}), ("drop", set())])
def test_sites_without_support(tmp_path: Path, unverified: str, codes: set[int]) -> None:
    """One ground point among many others."""
    land = Land()
    cloud = land.cloud(1.0)
    cloud["classification"] = np.where(np.arange(len(cloud["x"])) == 5000, 2, 1).astype(np.uint8)
    las = augment(
        save(tmp_path / "c.las", cloud), land.raster(tmp_path / "d.tif"), tmp_path / "o.las", unverified=unverified
    )
    assert set(np.asarray(las.SyntheticArea)[added(las)]) == codes
    assert las.report["points_unverified"] > 14_000
    assert any("could not be verified" in m for m in las.report["messages"])
    assert any("little more than a guess" in m for m in las.report["messages"])
    if codes:
        assert np.isnan(np.asarray(las.SyntheticResidual)[added(las)]).all()


def test_inputs_that_cannot_be_filled(tmp_path: Path) -> None:
    land = Land()
    dtm, cloud = land.raster(tmp_path / "d.tif"), land.cloud(1.0)
    bare = save(tmp_path / "bare.las", cloud | {"classification": np.ones(len(cloud["x"]), np.uint8)})
    with pytest.raises(InputError, match=r"is ground \(GROUND_CLASSES 2\); the classes present are 1"):
        augment(bare, dtm, tmp_path / "o.las")
    degrees = save(tmp_path / "deg.las", cloud, crs="EPSG:4326")
    with pytest.raises(InputError, match="distances are degrees"):
        augment(degrees, dtm, tmp_path / "o.las")
    good = save(tmp_path / "c.las", cloud)
    with pytest.raises(InputError, match="PRIORITIES names roads, but no point has class 11 and ROADS has no polygons"):
        augment(good, dtm, tmp_path / "o.las", priorities=("roads", "gaps"))
    with pytest.raises(OptionError, match="SYNTHETIC_CLASS is 256"):
        augment(good, dtm, tmp_path / "o.las", synthetic_class=256)
    with pytest.raises(InputError, match="BUILDINGS is no file of polygons"):
        augment(good, dtm, tmp_path / "o.las", priorities=("buildings",), buildings=str(tmp_path / "none.gpkg"))
    with pytest.raises((InputError, OSError), match="input"):
        augment(good, dtm, tmp_path / "c.las")
    single = save(tmp_path / "one.las", {name: values[:1] for name, values in cloud.items()})
    with pytest.raises(InputError, match="no site lies in it: make SPACING smaller"):
        augment(single, dtm, tmp_path / "o.las", ground_classes=(2, 5, 6, 9))
    assert not (tmp_path / "o.las").exists() and not list(tmp_path.glob("scree-*"))


@pytest.mark.parametrize("epsg", [EPSG, 4326])
def test_polygons_make_an_area(tmp_path: Path, epsg: int) -> None:
    from osgeo import ogr, osr

    land = Land()
    cloud = land.cloud()
    cloud["classification"] = np.where(cloud["classification"] == 6, 1, cloud["classification"]).astype(np.uint8)
    source, target = osr.SpatialReference(), osr.SpatialReference()
    source.ImportFromEPSG(EPSG)
    target.ImportFromEPSG(epsg)
    for reference in (source, target):
        reference.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    ring = ogr.Geometry(ogr.wkbLinearRing)
    a, b, c, d = land.roof
    for u, v in ((a, c), (b, c), (b, d), (a, d), (a, c)):
        ring.AddPoint_2D(WEST + u, SOUTH + v)
    polygon = ogr.Geometry(ogr.wkbPolygon)
    polygon.AddGeometry(ring)
    polygon.Transform(osr.CoordinateTransformation(source, target))
    data = ogr.GetDriverByName("GPKG").CreateDataSource(str(tmp_path / "roofs.gpkg"))
    layer = data.CreateLayer("roofs", target, ogr.wkbPolygon)
    feature = ogr.Feature(layer.GetLayerDefn())
    feature.SetGeometry(polygon)
    layer.CreateFeature(feature)
    del feature, layer, data
    las = augment(
        save(tmp_path / "c.las", cloud), land.raster(tmp_path / "d.tif"), tmp_path / "o.las",
        priorities=("buildings",), buildings=str(tmp_path / "roofs.gpkg"),
    )  # fmt: skip
    u, v = (las.xyz[added(las), :2] - [WEST, SOUTH]).T
    assert len(u) > 250 and ((u > a) & (u < b) & (v > c) & (v < d)).all()
    assert set(np.asarray(las.SyntheticArea)[added(las)]) == {2}
    moved = save(tmp_path / "m.las", cloud | {"x": cloud["x"] + 5000})
    flat = write_raster_file(tmp_path / "e.tif", np.full((130, 130), 200.0), WEST + 4995, SOUTH + SIDE + 5, 1.0)
    with pytest.raises(InputError, match="No polygon of BUILDINGS touches the clouds"):
        augment(
            moved, flat, tmp_path / "o.las", priorities=("buildings",), buildings=str(tmp_path / "roofs.gpkg")
        )  # fmt: skip
