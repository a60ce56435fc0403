# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures shared by all tests."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def scree_data() -> Path:
    """Folder of real clouds beside the checkout; tests that need it skip where it is absent."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("no real clouds beside this checkout (../shared/data)")
    return folder
