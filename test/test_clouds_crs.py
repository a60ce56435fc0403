# SPDX-License-Identifier: GPL-2.0-or-later
"""The CRS of clouds: WKT and GeoTIFF records, units, and which are the same."""

from __future__ import annotations

import math
import struct

import pytest

from scree.core.clouds import crs as systems
from scree.core.clouds.header import Record, read_header
from scree.core.clouds.las import LasSource

FOOT, METRE = 1200 / 3937, 1.0
REAL = {
    "airborne/autzen-2010-ept.laz": ("EPSG:2994", 0.3048, 0.3048),
    "airborne/nc-raleigh-ept.laz": ("EPSG:2264", FOOT, FOOT),
    "airborne/ahn-delft-small.laz": ("EPSG:7415", METRE, METRE),
    "airborne/bcts/bcts_1.laz": ("NAD83 / BC Albers", METRE, METRE),
    "airborne/lidR-Megaplot.laz": ("EPSG:26917", METRE, METRE),
    "airborne/mvk-thin.las": ("Mississippi West + NAVD88", FOOT, FOOT),
    "airborne/norway-32-1-472-150-76.laz": ("NN2000", METRE, METRE),
    "airborne/copc/autzen-1065.copc.laz": ("Oregon LCC (m) + NAVD88", METRE, FOOT),
    "airborne/autzen_trim.laz": ("Lambert_Conformal_Conic", 0.3048, 0.3048),
    "odd/epsg_4326.las": ("EPSG:4326", math.pi / 180, METRE),
    "odd/lots_of_vlr.las": ("unnamed", FOOT, FOOT),
    "airborne/ahn3-laserchicken.laz": ("no CRS", 1.0, 1.0),
    "odd/warsaw_small.las": ("no CRS", 1.0, 1.0),
    "odd/bad-geotiff-keys.las": ("no CRS", 1.0, 1.0),
    "odd/1.2-empty-geotiff-vlrs.las": ("no CRS", 1.0, 1.0),
}


def keys(*entries):
    """A GeoTIFF directory of (key, value) short entries."""
    flat = [value for key, content in entries for value in (key, 0, 1, content)]
    return struct.pack(f"<4H{len(flat)}H", 1, 1, 0, len(entries), *flat)


def with_records(template, *records):
    from dataclasses import replace

    return replace(template, records=tuple(Record("LASF_Projection", number, b"", data) for number, data in records))


@pytest.fixture
def template(tmp_path):
    from clouds_random import random_cloud

    random_cloud(tmp_path / "a.las", 1, 3)
    return read_header(str(tmp_path / "a.las"))


def test_crs_and_units_of_real_clouds(scree_data):
    for name, (text, horizontal, vertical) in REAL.items():
        wkt = LasSource(str(scree_data / name)).crs_wkt
        assert text in systems.describe(wkt), name
        assert systems.horizontal_unit(wkt).factor == pytest.approx(horizontal, rel=1e-9), name
        assert systems.vertical_unit(wkt).factor == pytest.approx(vertical, rel=1e-9), name


def test_keys_of_a_code_and_of_heights(template):
    wkt, notes = systems.from_records(with_records(template, (34735, keys((1024, 1), (3072, 2154)))))
    assert (systems.describe(wkt), notes) == ("RGF93 v1 / Lambert-93 (EPSG:2154)", ())
    wkt, _ = systems.from_records(with_records(template, (34735, keys((1024, 1), (3072, 2154), (4096, 5720)))))
    assert wkt.startswith("COMPOUNDCRS")
    assert "NGF-IGN69" in wkt


def test_wkt_goes_before_keys_and_empty_wkt_does_not(template):
    lambert = (34735, keys((1024, 1), (3072, 2154)))
    utm = systems.as_wkt1(systems.from_user("EPSG:32631")).encode() + b"\0"
    assert "32631" in systems.describe(systems.from_records(with_records(template, lambert, (2112, utm)))[0])
    assert "2154" in systems.describe(systems.from_records(with_records(template, lambert, (2112, b"\0\0")))[0])


@pytest.mark.parametrize("wkt", [b'PROJCS["cut off', b"\xff\xfe\xfd", b'LOCAL_CS["a site"]'])
def test_broken_records_are_no_crs_and_a_note(template, wkt):
    found, notes = systems.from_records(with_records(template, (2112, wkt)))
    assert (found, notes) == ("", ("has a WKT record that names no CRS",))
    found, notes = systems.from_records(with_records(template, (34735, wkt)))
    assert (found, notes) == ("", ("has GeoTIFF keys that name no CRS",))


def test_a_code_whose_unit_is_not_that_of_the_file_is_dropped(template):
    wkt, _ = systems.from_records(with_records(template, (34735, keys((1024, 1), (3072, 26995), (3076, 9003)))))
    assert systems.horizontal_unit(wkt).factor == pytest.approx(FOOT)
    assert "26995" not in systems.describe(wkt)
    wkt, _ = systems.from_records(with_records(template, (34735, keys((1024, 1), (3072, 26995)))))
    assert "26995" in systems.describe(wkt)


def test_same_crs_looks_past_names_axes_and_missing_heights():
    def same(a, b):
        return systems.same_crs(systems.from_user(a), systems.from_user(b))

    assert same("EPSG:4326", "OGC:CRS84")
    assert same("EPSG:2154", "EPSG:2154+5720")
    assert same("EPSG:2154", systems.as_wkt1(systems.from_user("EPSG:2154")).replace("Lambert-93", "L93"))
    assert not same("EPSG:2154", "EPSG:32631")
    assert not same("EPSG:2154+5720", "EPSG:2154+6360")
    assert not same("EPSG:2264", "EPSG:32119")  # North Carolina in feet and in metres


def test_geographic_and_geocentric():
    assert systems.is_geographic(systems.from_user("EPSG:4326+5773"))
    assert not systems.is_geographic(systems.from_user("EPSG:2154"))
    assert not systems.is_geographic("")
    assert systems.is_geocentric(systems.from_user("EPSG:4978"))
    assert systems.from_user("  ") == ""
