# SPDX-License-Identifier: GPL-2.0-or-later
"""Nothing is fetched: a server of this computer counts what GDAL asks it for."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rasters_made import face  # noqa: F401  a fixture

from scree.core.clouds import crs
from scree.core.errors import InputError, OptionError, ScreeError
from scree.core.local_files import is_elsewhere, offline, require_local
from scree.core.neighborhood.expression import parse_filter
from scree.core.neighborhood.expression.polygon_files import read_polygons

gdal = pytest.importorskip("osgeo.gdal")

VRT = """<VRTDataset rasterXSize="4" rasterYSize="4"><GeoTransform>0, 1, 0, 4, 0, -1</GeoTransform>
<SRS>LOCAL_CS["see https://example.org"]</SRS><Metadata><MDI key="from">https://example.org/</MDI></Metadata>
<VRTRasterBand dataType="Float32" band="1"><SimpleSource>
<SourceFilename relativeToVRT="{relative}">{source}</SourceFilename>
<SourceBand>1</SourceBand></SimpleSource></VRTRasterBand></VRTDataset>"""
LAYER = '<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>{}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'
SERVICE = '<GDAL_WMS><Service name="TMS"><ServerUrl>{}/${{z}}</ServerUrl></Service></GDAL_WMS>'


class Server:
    def __init__(self, address: str, asked: list[str]) -> None:
        self.address, self.asked = address, asked


@pytest.fixture
def server() -> Iterator[Server]:
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, *arguments: Any) -> None: ...

        def finish(self) -> None:
            with suppress(OSError):
                super().finish()

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None: ...

    with Quiet(("127.0.0.1", 0), Handler) as found:
        threading.Thread(target=found.serve_forever, daemon=True).start()
        yield Server(f"http://127.0.0.1:{found.server_port}", asked)
        found.shutdown()


def written(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def test_the_server_counts(server: Server) -> None:
    with suppress(RuntimeError):
        gdal.OpenEx(f"/vsicurl/{server.address}/a.gpkg", gdal.OF_VECTOR)
    assert server.asked


@pytest.mark.parametrize(
    "form", ["{}/a.gpkg", "/vsicurl/{}/a.gpkg", "/vsicurl_streaming/{}/a.gpkg", "/vsizip//vsicurl/{}/a.zip"]
)
def test_a_region_is_a_file_of_this_computer(server: Server, form: str) -> None:
    name = form.format(server.address)
    with pytest.raises(InputError, match="not on this computer.* download it") as caught:
        parse_filter(f"Region['{name}']").bind({})
    assert name in str(caught.value)
    assert not server.asked


def sources(server: Server) -> list[str]:
    return [f"{server.address}/x.tif", f"/vsicurl/{server.address}/x.tif", SERVICE.format(server.address)]


@pytest.mark.parametrize("which", range(3))
def test_a_raster_that_names_another_computer(server: Server, tmp_path: Path, face: Any, which: int) -> None:  # noqa: F811
    text = sources(server)[which].replace("<", "&lt;")
    path = written(tmp_path / "dtm.tif", VRT.format(relative=0, source=text))
    outer = written(tmp_path / "outer.vrt", VRT.format(relative=1, source="dtm.tif"))
    for each in (path, outer):
        with pytest.raises(InputError, match="names .*only files on this computer") as caught:
            face.open(each)
        assert server.address in str(caught.value)
    assert not server.asked


def test_a_service_in_a_file_is_elsewhere_too(server: Server, tmp_path: Path, face: Any) -> None:  # noqa: F811
    with pytest.raises(InputError, match="names "):
        face.open(written(tmp_path / "tms.tif", SERVICE.format(server.address)))
    assert not server.asked


def test_a_virtual_raster_of_files_that_are_here_is_read(tmp_path: Path, face: Any) -> None:  # noqa: F811
    made = gdal.GetDriverByName("GTiff").Create(str(tmp_path / "a.tif"), 4, 4, 1, gdal.GDT_Float32)
    made.SetGeoTransform((0, 1, 0, 4, 0, -1))
    made.GetRasterBand(1).WriteRaster(0, 0, 4, 4, np.full((4, 4), 7, np.float32).tobytes())
    del made
    inner = written(tmp_path / "b.tif", VRT.format(relative=1, source="a.tif"))
    reader = face.open(written(tmp_path / "c.vrt", VRT.format(relative=0, source=inner)))
    assert (reader.read(0, 0, 4, 4)[0] == 7).all()
    reader.close()


def test_a_virtual_raster_that_names_itself_ends(tmp_path: Path) -> None:
    require_local(str(written(tmp_path / "a.vrt", VRT.format(relative=1, source="a.vrt"))))


def test_a_layer_that_names_another_computer(server: Server, tmp_path: Path) -> None:
    for source in (f"{server.address}/a.gpkg", f"/vsicurl/{server.address}/a.gpkg", "PG:host=127.0.0.1 dbname=a"):
        with pytest.raises(InputError, match="names "):
            read_polygons(str(written(tmp_path / "areas.shp", LAYER.format(source))))
    assert not server.asked


def test_what_no_name_shows_is_not_fetched_either(server: Server, tmp_path: Path) -> None:
    """GDAL follows the link of a GeoJSON file to its CRS, and a virtual raster that is not quite XML."""
    link = {"type": "link", "properties": {"href": f"{server.address}/crs"}}
    text = json.dumps({"type": "FeatureCollection", "crs": link, "features": []})
    with suppress(ScreeError):
        read_polygons(str(written(tmp_path / "a.geojson", text)))
    from scree.core.rasters.with_osgeo import OsgeoBackend

    odd = VRT.format(relative=0, source=f"{server.address}/x.tif").replace("</MDI>", " & more</MDI>")
    with suppress(OSError):
        reader = OsgeoBackend().open(written(tmp_path / "odd.vrt", odd))
        reader.read(0, 0, 4, 4)
    assert not server.asked


def test_a_crs_is_not_fetched(server: Server) -> None:
    with pytest.raises(OptionError, match="not known"):
        crs.from_user(f"{server.address}/crs")
    with pytest.raises(OptionError, match="not known"):
        crs.is_geographic(f"{server.address}/crs")
    assert not server.asked
    assert "WGS 84" in crs.from_user("http://www.opengis.net/def/crs/EPSG/0/4326")


def test_the_setting_is_of_this_thread_and_restored() -> None:
    gdal.SetThreadLocalConfigOption("GDAL_HTTP_PROXY", "http://before")
    seen = []
    try:
        with offline(), offline():
            assert gdal.GetThreadLocalConfigOption("GDAL_HTTP_PROXY") == "http://127.0.0.1:0"
            other = threading.Thread(target=lambda: seen.append(gdal.GetConfigOption("GDAL_HTTP_PROXY")))
            other.start()
            other.join()
        assert gdal.GetThreadLocalConfigOption("GDAL_HTTP_PROXY") == "http://before"
    finally:
        gdal.SetThreadLocalConfigOption("GDAL_HTTP_PROXY", None)
    assert seen == [None]


def test_names_of_files_are_not_taken_for_addresses() -> None:
    here = (
        "/data/a.tif", r"C:\data\a.tif", "C:/data/a.tif", "a.gpkg", "/vsizip/a.zip/b.tif", "GPKG:/a.gpkg:dtm",
        'NETCDF:"a.nc":z', "file:///data/a.csv", "/vsimem/a.tif", "WMS: roads", "//server/share/a.tif",
    )  # fmt: skip
    elsewhere = (
        "http://a/b", "ftp://a/b", "s3://a/b", "/vsis3/a/b", "/vsigs/a", "/vsiaz_streaming/a", "PG:dbname=a",
        "WMS:http://a", "/vsizip//vsicurl/http://a/b.zip", "wfs:http://a",
    )  # fmt: skip
    assert not [name for name in here if is_elsewhere(name)]
    assert not [name for name in elsewhere if not is_elsewhere(name)]
