# SPDX-License-Identifier: GPL-2.0-or-later
"""The house itself: what QGIS and its plugin repository ask for, and the walls between the floors."""

from __future__ import annotations

import ast
import configparser
import importlib
import io
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = sorted(
    path
    for path in ROOT.rglob("*.py")
    if path.relative_to(ROOT).parts[0] not in ("build", ".venv", "test", "benchmarks", "tools")
)
SOURCES = SHIPPED + [path for name in ("test", "benchmarks", "tools") for path in sorted((ROOT / name).rglob("*.py"))]


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports_of(path: Path) -> Iterator[str]:
    """Full names of absolute imports, wherever they stand."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module or ""


def metadata() -> dict[str, str]:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(ROOT / "metadata.txt", encoding="utf-8")
    return dict(parser["general"])


def where(path: Path, line: int = 0, what: str = "") -> str:
    return f"{path.relative_to(ROOT)}:{line} {what}".strip()


def test_files_begin_with_their_licence() -> None:
    first = "# SPDX-License-Identifier: GPL-2.0-or-later"
    assert not [where(p) for p in SOURCES if not p.read_text(encoding="utf-8").startswith(first)]


def test_modules_stay_small() -> None:
    assert not [where(p) for p in SHIPPED if len(p.read_text(encoding="utf-8").splitlines()) > 400]


def test_functions_fit_a_screen() -> None:
    assert not [
        where(path, node.lineno, node.name)
        for path in SHIPPED
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef) and body_lines(node) > 50
    ]


def body_lines(function: ast.FunctionDef) -> int:
    """Lines from the signature's end on, the docstring not counted."""
    body = function.body[1:] if ast.get_docstring(function) and len(function.body) > 1 else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1


def test_core_knows_neither_qgis_nor_qt() -> None:
    outside = ("qgis", "processing", "PyQt5", "PyQt6", "scree")
    core = [p for p in SHIPPED if p.relative_to(ROOT).parts[0] == "core"]
    assert core
    assert not [where(p, 0, name) for p in core for name in imports_of(p) if name.split(".")[0] in outside]


def test_code_runs_on_qt5_and_qt6() -> None:
    pattern = re.compile(r"PyQt[56]|\.exec_\(|pyqtSignature")
    assert not [where(p) for p in SHIPPED if pattern.search(p.read_text(encoding="utf-8"))]


def test_enums_are_scoped() -> None:
    """QgsProcessing.TypeFile is gone from Qt 6 builds; QgsProcessing.SourceType.TypeFile is on all."""
    pytest.importorskip("qgis.core")
    assert not [found for path in SHIPPED for found in unscoped_enums(path)]


def unscoped_enums(path: Path) -> Iterator[str]:
    classes = {}
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("qgis"):
            module = importlib.import_module(node.module)
            classes.update({alias.asname or alias.name: getattr(module, alias.name, None) for alias in node.names})
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            owner = classes.get(node.value.id)
            if (
                isinstance(owner, type)
                and not issubclass(owner, int)
                and isinstance(getattr(owner, node.attr, 0.0), int)
            ):
                yield where(path, node.lineno, f"{node.value.id}.{node.attr}")


def test_loading_imports_nothing_that_a_fresh_qgis_lacks() -> None:
    """Seen in the sources, so that a package the tests' Python happens to have cannot hide it."""
    heavy = ("numpy", "scipy", "numba", "laspy", "lazrs", "rasterio")
    wrappers = [p for p in SHIPPED if p.relative_to(ROOT).parts[0] in ("plugin.py", "algorithms", "ui")]
    assert not [where(p, 0, name) for p in wrappers for name in imports_of(p) if name.split(".")[0] in heavy]


def test_metadata_is_complete() -> None:
    found = metadata()
    for key in (
        "name",
        "description",
        "about",
        "version",
        "qgisminimumversion",
        "qgismaximumversion",
        "author",
        "email",
        "homepage",
        "repository",
        "tracker",
        "license",
        "tags",
        "icon",
    ):
        assert found.get(key), key
    assert found["hasprocessingprovider"] == "yes"
    assert found["qgisminimumversion"] == "3.22"
    assert float(found["qgismaximumversion"]) >= 4
    assert "plugin" not in found["name"].lower()
    assert (ROOT / found["icon"]).is_file()
    for key in ("homepage", "repository", "tracker", "email"):
        assert "example.org" in found[key]


def test_changelog_has_the_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{metadata()['version']}]" in text


def test_readme_names_every_algorithm() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    modules = [p for p in (ROOT / "algorithms").glob("*.py") if "def displayName(" in p.read_text(encoding="utf-8")]
    assert modules
    for path in modules:
        assert f"scree:{path.stem}" in text


LOAD = """
import sys
for name in ("numpy", "scipy", "numba", "llvmlite", "laspy", "lazrs", "rasterio"):
    sys.modules[name] = None
sys.path.insert(0, sys.argv[1])
from qgis.core import QgsApplication, QgsProcessingContext, QgsProcessingFeedback
app = QgsApplication([], False)
app.initQgis()
import scree
plugin = scree.classFactory(None)
plugin.initProcessing()
algorithms = plugin.provider.algorithms()
print(len(algorithms))
for algorithm in algorithms:
    can, why = algorithm.canExecute()
    assert can == (algorithm.name() == "checkenvironment"), algorithm.id()
    if can:
        continue
    assert "pip install" in why and why.count(". ") == 0, why
    assert algorithm.shortHelpString()
plugin.unload()
app.exitQgis()
"""


def load_with_nothing_but_qgis(folder: Path, config: Path) -> str:
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "QGIS_CUSTOM_CONFIG_PATH": str(config)}
    done = subprocess.run(
        [sys.executable, "-c", LOAD, str(folder)], env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_provider_loads_with_nothing_but_qgis(tmp_path: Path) -> None:
    pytest.importorskip("qgis.core")
    (tmp_path / "scree").symlink_to(ROOT)
    assert int(load_with_nothing_but_qgis(tmp_path, tmp_path / "config")) >= 1


@pytest.fixture(scope="module")
def package() -> zipfile.ZipFile:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    done = subprocess.run(
        ["git", "-C", str(ROOT), "archive", "--format=zip", "--prefix=scree/", "HEAD"], capture_output=True, check=True
    )
    return zipfile.ZipFile(io.BytesIO(done.stdout))


def test_package_is_what_the_plugin_repository_takes(package: zipfile.ZipFile) -> None:
    names = package.namelist()
    assert {name.split("/")[0] for name in names} == {"scree"}
    for name in ("metadata.txt", "__init__.py", "LICENSE", "README.md", "requirements.txt"):
        assert f"scree/{name}" in names
    assert not [
        name
        for name in names
        if re.search(r"\.(pyc|so|pyd|dll|exe|la[sz]|tif)$|__pycache__|/\.|scree/(test|benchmarks|tools)/", name)
    ]
    assert sum(entry.compress_size for entry in package.infolist()) < 25 * 2**20


def test_package_loads_as_it_is_unpacked(package: zipfile.ZipFile, tmp_path: Path) -> None:
    pytest.importorskip("qgis.core")
    package.extractall(tmp_path)
    assert int(load_with_nothing_but_qgis(tmp_path, tmp_path / "config")) >= 1
