# SPDX-License-Identifier: GPL-2.0-or-later
"""Holes of a known ground filled: which, with what, how they are marked, and that it can be undone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from augmentation_made import SIDE, SOUTH, WEST, Land, augment, load, records, save
from scipy.spatial import cKDTree

from scree.core.augmentation.options import AugmentOptions
from scree.core.augmentation.removal import remove_synthetic
from scree.core.errors import InputError, OptionError

EVERYTHING = ("vegetation", "buildings", "water", "gaps")


@pytest.fixture(scope="module")
def land(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A cloud with its DTM, 3 cm off and rough by nothing."""
    folder, made = tmp_path_factory.mktemp("land"), Land()
    made.files = (save(folder / "cloud.las", made.cloud()), made.raster(folder / "dtm.tif", error=0.03))
    return made


def added(las: Any) -> Any:
    """Which points are synthetic."""
    return np.asarray(las.SyntheticArea) > 0


def sites_in_holes(made: Land, cloud: dict[str, Any], least: float = 1.5) -> Any:
    """[n, 2]: every site farther than ``least`` from ground, by plain SciPy."""
    from scipy.spatial import cKDTree

    x, y = np.meshgrid(WEST + np.arange(SIDE) + 0.5, SOUTH + np.arange(SIDE) + 0.5)
    ground = cloud["classification"] == 2
    far, _ = cKDTree(np.column_stack([cloud["x"], cloud["y"]])[ground]).query(np.column_stack([x.ravel(), y.ravel()]))
    return np.column_stack([x.ravel(), y.ravel()])[far > least]


def test_every_hole_is_filled_with_the_ground(land: Any, tmp_path: Path) -> None:
    las = augment(*land.files, tmp_path / "o.las", priorities=EVERYTHING)
    new, cloud = added(las), land.cloud()
    expected = sites_in_holes(land, cloud)
    found = np.column_stack([las.x, las.y])[new]
    assert {tuple(p) for p in found.round(3)} == {tuple(p) for p in expected.round(3)}
    assert abs(np.asarray(las.z)[new] - land.ground(*found.T)).max() < 0.05
    assert las.report["bias_median"] == pytest.approx(0.03, abs=0.01)


def test_counts_add_up(land: Any, tmp_path: Path) -> None:
    las = augment(*land.files, tmp_path / "o.las", priorities=("vegetation", "buildings"), max_gap=9.0)
    report = las.report
    assert report["points_generated"] == sum(report["accepted"].values()) + sum(report["rejected"].values())
    assert report["sites"] == report["points_generated"] + report["sites_without_dtm"] == SIDE**2
    assert report["points_accepted"] == sum(report["accepted"].values()) == int(added(las).sum())
    assert all(report["rejected"][reason] > 0 for reason in ("near_ground", "no_area", "max_gap"))
    for entry in report["balances"]:
        assert entry["total"] == sum(entry["parts"].values())


def test_areas_follow_the_priorities(land: Any, tmp_path: Path) -> None:
    las = augment(*land.files, tmp_path / "o.las", priorities=EVERYTHING)
    new = added(las)
    where = land.hidden(las.x, las.y)[new]
    area = np.asarray(las.SyntheticArea)[new]
    for code, expected in ((1, 1), (2, 2)):
        assert (area[where == code] == expected).mean() > 0.99
    assert set(np.unique(area[where == 3])) <= {3, 5}
    wet = augment(*land.files, tmp_path / "w.las", priorities=("gaps", "water"))
    assert set(np.asarray(wet.SyntheticArea)[added(wet)]) == {5}, "gaps come first here and take everything"
    only = augment(*land.files, tmp_path / "v.las", priorities=("buildings",))
    assert set(np.asarray(only.SyntheticArea)[added(only)]) == {2}
    assert (land.hidden(only.x, only.y)[added(only)] == 2).mean() > 0.8


def test_the_reach_of_an_area_is_measured_to_points(land: Any, tmp_path: Path) -> None:
    """By plain SciPy: vegetation within 5 m of a point of its class, a roof within MIN_SPACING of one."""
    from scipy.spatial import cKDTree

    cloud = {name: column[::40] for name, column in land.cloud().items()}
    places = np.column_stack([cloud["x"], cloud["y"]])
    for area, kind, reach in (("vegetation", 5, 5.0), ("buildings", 6, 1.5)):
        path = save(tmp_path / "c.las", cloud)
        las = augment(path, land.files[1], tmp_path / "o.las", priorities=(area, "gaps"), max_residual=9.0)
        new = added(las)
        assert new.sum() > 3000
        found = np.column_stack([las.x, las.y])[new]
        far, _ = cKDTree(places[cloud["classification"] == kind]).query(found)
        code = np.asarray(las.SyntheticArea)[new] % 100
        assert np.array_equal(code != 5, far <= reach) and (code != 5).sum() > 20


def test_a_minus_keeps_an_area_empty_and_every_strategy_heeds_the_areas(land: Any, tmp_path: Path) -> None:
    cloud, dtm = save(tmp_path / "c.las", land.cloud()), land.raster(tmp_path / "d.tif")
    for strategy in ("intelligent", "gaps", "full"):
        names = ("-buildings", "vegetation", "-water", "gaps")
        las = augment(cloud, dtm, tmp_path / "o.las", strategy=strategy, priorities=names)
        new, report = np.asarray(las.SyntheticArea) > 0, las.report
        where = land.hidden(np.asarray(las.x)[new], np.asarray(las.y)[new])
        assert not (where == 2).any() and (where == 1).sum() > 300 and report["accepted"]["buildings"] == 0
        assert report["rejected"]["kept_empty"] > 200 and set(np.asarray(las.SyntheticArea)[new]) == {1, 5}
        assert report["points_generated"] == report["points_accepted"] + report["points_rejected"]
    labelled = augment(cloud, dtm, tmp_path / "o.las", strategy="gaps", priorities=("buildings", "water"))
    assert {2, 3, 5} == set(np.asarray(labelled.SyntheticArea)) - {0}


def test_new_points_are_marked_and_plain(land: Any, tmp_path: Path) -> None:
    las = augment(*land.files, tmp_path / "o.las", synthetic_class=8, point_source_id=77)
    new = added(las)
    old = load(land.files[0])
    assert len(old) == int((~new).sum()) and new[len(old) :].all(), "the input first, in its order"
    assert np.asarray(las.synthetic)[new].all() and not np.asarray(las.synthetic)[~new].any()
    for name, value in (
        ("classification", 8), ("point_source_id", 77), ("intensity", 0), ("gps_time", 0), ("return_number", 1),
        ("number_of_returns", 1), ("SyntheticDtm", 1),
    ):  # fmt: skip
        assert (np.asarray(las[name])[new] == value).all(), name
    assert (np.asarray(las.SyntheticGap)[new] >= 1.5).all() and (np.asarray(las.SyntheticSupport)[new] >= 3).all()
    assert abs(np.asarray(las.SyntheticResidual)[new]).max() < 4
    for name in ("SyntheticResidual", "SyntheticSupport", "SyntheticGap", "SyntheticDtm"):
        assert not np.asarray(las[name])[~new].any()


def test_outputs_of_each_input_and_of_the_synthetic_points_alone(land: Any, tmp_path: Path) -> None:
    cloud = land.cloud()
    west = cloud["x"] < WEST + SIDE / 2
    parts = tuple(
        save(tmp_path / f"{name}.las", {k: v[half] for k, v in cloud.items()})
        for name, half in (("w", west), ("e", ~west))
    )
    whole = augment(*land.files, tmp_path / "o.las")
    from scree.core.augmentation.job import augment_ground

    options = {"dtm": (land.files[1],), "max_memory": 1500, "synthetic_only": str(tmp_path / "only.las")}
    augment_ground(AugmentOptions(inputs=parts, output_folder=str(tmp_path / "each"), **options))
    each = [load(tmp_path / "each" / f"{name}.las") for name in "we"]
    together = np.concatenate([las.xyz[added(las)] for las in each])
    expected = whole.xyz[added(whole)]
    assert {tuple(p) for p in together} == {tuple(p) for p in expected} and len(together) == len(expected)
    assert (np.asarray(each[0].x)[added(each[0])] < WEST + SIDE / 2).all()
    only = load(tmp_path / "only.las")
    assert np.array_equal(only.xyz, expected) and added(only).all()


@pytest.mark.parametrize("suffix", [".las", ".laz"])
def test_removing_gives_back_every_byte(land: Any, tmp_path: Path, suffix: str) -> None:
    augment(*land.files, tmp_path / f"a{suffix}")
    remove_synthetic(
        AugmentOptions(inputs=(str(tmp_path / f"a{suffix}"),), dtm=(), output=str(tmp_path / f"b{suffix}"))
    )
    assert records(tmp_path / f"b{suffix}") == records(land.files[0])


REAL = (
    "airborne/ign/las_with_several_extra_byte_bloc.laz",
    "airborne/ign/las_with_origin_dsmMarker.laz",
    "airborne/ahn-delft-small.laz",
    "airborne/lidR-MixedConifer.laz",
    "airborne/norway-32-1-472-150-76.laz",
    "airborne/simple1_3_pf4.las",
    "airborne/copc/ign_77050_627755.copc.laz",
    "formats/point-color-time.las",
    "odd/1.2-empty-geotiff-vlrs.las",
    "odd/all-virtual-class65.laz",
    "odd/bad-geotiff-keys.las",
    "odd/malformed_extrabytes.las",
    "odd/nocrs.las",
    "odd/unregistered_extra_bytes.las",
)
STORAGE = {"laszip encoded", "copc"}
"""Users of the records that tell how the points are stored."""


def level_dtm(path: Path, target: Path) -> tuple[str, dict[str, Any]]:
    """A level raster under a real cloud, and options with which its whole extent is filled."""
    from augmentation_made import write_raster_file

    las = load(path)
    low, high = las.xyz[:, :2].min(axis=0), las.xyz[:, :2].max(axis=0)
    side = max(2.0, float((high - low).max()) / 50)
    size = np.ceil((high - low) / side).astype(int) + 6
    kinds = np.asarray(las.classification)
    ground = int(kinds[0]) if not (kinds == 2).any() else 2
    level = float(np.median(np.asarray(las.z)[kinds == ground]))
    z = np.full((size[1], size[0]), level)
    dtm = write_raster_file(target, z, low[0] - 3 * side, high[1] + 3 * side, side, epsg=0)
    return dtm, {"strategy": "full", "max_residual": 1000.0, "ground_classes": (ground,), "spacing": side / 2}


def stored(records: Any) -> list[tuple[str, int, bytes, bytes]]:
    """All of the records that is not about how the points are stored."""
    return [(r.user, r.id, r.description, r.data) for r in records if r.user not in STORAGE]


def assert_as_before(after: Path, before: Path) -> None:
    from scree.core.clouds.las import LasSource

    new, old = LasSource(str(after)), LasSource(str(before))
    assert records(after) == records(before)
    assert new.point_format == old.point_format and new.crs_wkt == old.crs_wkt
    assert (new.scales, new.offsets) == (old.scales, old.offsets)
    assert stored(new.header.records) == stored(old.header.records)
    assert stored(new.header.extended) == stored(old.header.extended)
    assert new.header.minor == old.header.minor
    encodings = [int.from_bytes(source.header.block[6:8], "little") for source in (new, old)]
    assert encodings[0] == encodings[1] & ~2, "waveforms within the file are not copied"
    assert new.header.block[26:90] == old.header.block[26:90], "system and software"


@pytest.mark.parametrize("name", REAL)
def test_removing_gives_back_real_clouds(scree_data: Path, tmp_path: Path, name: str) -> None:
    """Flags of their own, extra bytes, several or no descriptions of these, empty and damaged records, old versions."""
    path = scree_data / name
    dtm, options = level_dtm(path, tmp_path / "d.tif")
    made = augment(str(path), dtm, tmp_path / "a.las", **options)
    assert added(made).any()
    remove_synthetic(AugmentOptions(inputs=(str(tmp_path / "a.las"),), dtm=(), output=str(tmp_path / "b.las")))
    assert_as_before(tmp_path / "b.las", path)


def test_removing_gives_back_a_folder_of_real_clouds(scree_data: Path, tmp_path: Path) -> None:
    """LAZ with records at either end, and one file whose CRS is that of the others until it is given back."""
    from scree.core.augmentation.job import augment_ground

    paths = [scree_data / "airborne/ign" / f"test_data_{place}.laz" for place in ("77050_627755", "77055_627755")]
    bare = tmp_path / "bare.laz"
    las = load(paths[1])
    las.header.vlrs.clear()
    las.header.global_encoding.wkt = False
    las.write(str(bare))
    dtm, options = level_dtm(paths[0], tmp_path / "d.tif")
    inputs = (str(paths[0]), str(bare))
    augment_ground(
        AugmentOptions(inputs=inputs, dtm=(dtm,), output_folder=str(tmp_path / "a"), max_memory=1500, **options)
    )
    assert "Lambert-93" in str(load(tmp_path / "a" / "bare.laz").header.vlrs.get_by_id("LASF_Projection")[0].string)
    remove_synthetic(AugmentOptions(inputs=(str(tmp_path / "a"),), dtm=(), output_folder=str(tmp_path / "b")))
    assert_as_before(tmp_path / "b" / paths[0].name, paths[0])
    assert_as_before(tmp_path / "b" / "bare.laz", bare)


def test_what_others_added_to_an_augmented_cloud_stays(scree_data: Path, tmp_path: Path) -> None:
    """The input's own descriptions of its extra bytes no longer hold then."""
    from scree.core.clouds.las import LasSource
    from scree.core.clouds.las_writer import CloudWriter
    from scree.core.clouds.output_header import ExtraDimension, copied_header

    path = scree_data / "odd/all-virtual-class65.laz"
    dtm, options = level_dtm(path, tmp_path / "d.tif")
    augment(str(path), dtm, tmp_path / "a.las", **options)
    source = LasSource(str(tmp_path / "a.las"))
    numbers = np.arange(source.points, dtype=np.uint16)
    with CloudWriter(str(tmp_path / "n.las"), copied_header([source], [ExtraDimension("Number", "u2")])) as out:
        for start, chunk in source.records():
            out.copy(source, chunk, {"Number": numbers[start : start + len(chunk)]})
    remove_synthetic(AugmentOptions(inputs=(str(tmp_path / "n.las"),), dtm=(), output=str(tmp_path / "b.las")))
    names = list(LasSource(str(path)).point_format.extra_dimension_names)
    las = load(tmp_path / "b.las")
    assert list(las.point_format.extra_dimension_names) == [*names, "Number"]
    assert np.array_equal(las.Number, numbers[: len(las)])
    before = np.concatenate([chunk.array[names[0]].copy() for _, chunk in LasSource(str(path)).records()])
    assert np.array_equal(las.points.array[names[0]], before)


@pytest.mark.parametrize("folder", [False, True])
def test_inputs_that_were_never_augmented_are_copied(land: Any, tmp_path: Path, folder: bool) -> None:
    augment(*land.files, tmp_path / "a.las")
    other = save(tmp_path / "other.las", land.cloud(seed=2))
    where = {"output_folder": str(tmp_path / "b")} if folder else {"output": str(tmp_path / "b.las")}
    report = remove_synthetic(AugmentOptions(inputs=(other, str(tmp_path / "a.las")), dtm=(), **where))
    before = records(other), records(land.files[0])
    if folder:
        assert (records(tmp_path / "b" / "other.las"), records(tmp_path / "b" / "a.las")) == before
    else:
        assert records(tmp_path / "b.las") == b"".join(before)
    assert report["inputs_copied"] == 1 and report["points_removed"] > 0
    (told,) = (text for text in report["messages"] if "was not augmented" in text)
    assert told.startswith(f"{other} has no SyntheticArea") and f"{len(load(other)):,} points" in told
    with pytest.raises(InputError, match=r"nor has any of 1 more: it was not augmented"):
        remove_synthetic(AugmentOptions(inputs=(other, land.files[0]), dtm=(), output=str(tmp_path / "e.las")))


def test_points_flagged_by_others_stay(land: Any, tmp_path: Path) -> None:
    cloud = land.cloud()
    flags = (np.arange(len(cloud["x"])) % 3 == 0).astype(np.uint8)
    path = save(tmp_path / "f.las", cloud, synthetic=flags)
    augment(path, land.files[1], tmp_path / "a.las")
    report = remove_synthetic(AugmentOptions(inputs=(str(tmp_path / "a.las"),), dtm=(), output=str(tmp_path / "b.las")))
    assert records(tmp_path / "b.las") == records(path)
    assert report["points_removed"] == report["points_read"] - len(cloud["x"]) > 0


def test_clouds_augmented_before_are_refused_or_continued(land: Any, tmp_path: Path) -> None:
    first = augment(*land.files, tmp_path / "a.las", priorities=("buildings",))
    with pytest.raises(InputError, match="already: remove its synthetic points first"):
        augment(str(tmp_path / "a.las"), land.files[1], tmp_path / "b.las")
    second = augment(str(tmp_path / "a.las"), land.files[1], tmp_path / "b.las", existing="continue")
    other = augment(*land.files, tmp_path / "8.las", priorities=("buildings",), synthetic_class=8)
    again = augment(str(tmp_path / "8.las"), land.files[1], tmp_path / "b8.las", existing="continue")
    assert added(again).sum() == added(second).sum() > added(other).sum(), "whatever class the first ones have"
    assert again.report["bias"] == other.report["bias"] == first.report["bias"], "the DTM is no witness of itself"
    places = again.xyz[added(again), :2]
    assert len(np.unique(places, axis=0)) == len(places)
    at_once = augment(*land.files, tmp_path / "c.las", priorities=("buildings", "vegetation", "gaps"))
    assert int(added(second).sum()) == pytest.approx(int(added(at_once).sum()), rel=0.05)
    assert (np.asarray(second.SyntheticArea)[: len(first)] == np.asarray(first.SyntheticArea)).all()
    remove_synthetic(AugmentOptions(inputs=(str(tmp_path / "b.las"),), dtm=(), output=str(tmp_path / "d.las")))
    assert records(tmp_path / "d.las") == records(land.files[0])
    with pytest.raises(InputError, match="was not augmented"):
        remove_synthetic(AugmentOptions(inputs=(land.files[0],), dtm=(), output=str(tmp_path / "e.las")))


def test_the_cap_is_even_and_never_by_chance(land: Any, tmp_path: Path) -> None:
    full = augment(*land.files, tmp_path / "f.las", strategy="full", max_residual=5.0)
    capped = augment(*land.files, tmp_path / "c.las", strategy="full", max_residual=5.0, max_points=1500)
    count = int(added(capped).sum())
    assert int(added(full).sum()) == SIDE**2 and 1350 <= count <= 1500
    lengths = capped.report["lengths"]
    assert lengths["coarsened"] and lengths["spacing"] == pytest.approx(SIDE / 1500**0.5, rel=0.02)
    assert any(
        f"SPACING is {lengths['spacing']:g} instead of 1 " in m and "MAX_POINTS" in m for m in capped.report["messages"]
    )
    assert not full.report["lengths"]["coarsened"] and not any("SPACING" in m for m in full.report["messages"])
    left_out = capped.report["rejected"]["cap"]
    assert left_out > 0 and capped.report["points_generated"] == count + left_out
    xy = capped.xyz[added(capped)][:, :2] - [WEST, SOUTH]
    cells = np.bincount((xy[:, 1] // 30 * 4 + xy[:, 0] // 30).astype(int), minlength=16)
    assert cells.min() >= 0.8 * count / 16 and cells.max() <= 1.2 * count / 16
    assert cKDTree(xy).query(xy, k=2)[0][:, 1].min() == pytest.approx(lengths["spacing"], abs=0.002)


def test_density_is_compared_as_density(land: Any, tmp_path: Path) -> None:
    whole = augment(*land.files, tmp_path / "a.las", spacing=1.0, max_density=1e6)
    assert whole.report["lengths"]["spacing"] == 1.0 and not whole.report["lengths"]["coarsened"]
    coarse = augment(*land.files, tmp_path / "b.las", spacing=0.5, max_density=1e6)
    assert coarse.report["lengths"]["spacing"] == 1.0 and any("MAX_DENSITY" in m for m in coarse.report["messages"])
    assert records(tmp_path / "a.las") == records(tmp_path / "b.las")


def test_smooth_correction_meets_the_ground(tmp_path: Path) -> None:
    land = Land()
    land.patches = [(0.0, 60.0, -5.0, SIDE + 5, 0.5)]
    cloud, dtm = save(tmp_path / "c.las", land.cloud()), land.raster(tmp_path / "d.tif")
    worst = {}
    for bias in ("none", "offset", "smooth"):
        las = augment(cloud, dtm, tmp_path / f"{bias}.las", bias=bias, priorities=("buildings",))
        new = added(las)
        worst[bias] = abs(np.asarray(las.z)[new] - land.ground(np.asarray(las.x)[new], np.asarray(las.y)[new])).max()
    assert worst["smooth"] < 0.1 < worst["none"]


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("strategy", "best", "STRATEGY is 'best'; it must be one of full, gaps, intelligent"),
        ("spacing", 0.0, "SPACING is 0; it must be a number above 0"),
        ("min_neighbors", 0, "MIN_NEIGHBORS is 0; it must be a whole number from 1 to 64"),
        ("priorities", ("rivers",), "PRIORITIES has 'rivers'"),
        ("priorities", ("gaps", "gaps"), "PRIORITIES has 'gaps'"),
        ("roads", "roads.gpkg", "PRIORITIES does not name roads"),
        ("unverified", "maybe", "UNVERIFIED is 'maybe'"),
        ("output", "a.txt", "must end in .las or .laz"),
        ("dtm", (), "DTM is empty"),
        ("output", "", "No output is asked for"),
    ],
)
def test_options_that_cannot_work_are_refused(option: str, value: Any, sentence: str) -> None:
    with pytest.raises(OptionError, match=sentence.replace(".", r"\.")):
        AugmentOptions(**({"inputs": ("a.las",), "dtm": ("d.tif",), "output": "o.las"} | {option: value})).check()
