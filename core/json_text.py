# SPDX-License-Identifier: GPL-2.0-or-later
"""JSON that others wrote, read so that nothing but ValueError can come of it."""

from __future__ import annotations

import json
from typing import Any


def parsed(text: str | bytes) -> Any:
    """The value of a JSON text.  Raises ValueError where it is none, also where it is nested too deep to be read."""
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error
