# SPDX-License-Identifier: GPL-2.0-or-later
"""Names of the point classes (ASPRS LAS 1.4 R15, table 17, and the two that older versions name)."""

from __future__ import annotations

#: Code to name, the name as it is printed.
CLASS_NAMES = {
    0: "NeverClassified",
    1: "Unclassified",
    2: "Ground",
    3: "LowVegetation",
    4: "MediumVegetation",
    5: "HighVegetation",
    6: "Building",
    7: "LowPoint",
    8: "ModelKeyPoint",
    9: "Water",
    10: "Rail",
    11: "RoadSurface",
    12: "OverlapPoints",
    13: "WireGuard",
    14: "WireConductor",
    15: "TransmissionTower",
    16: "WireConnector",
    17: "BridgeDeck",
    18: "HighNoise",
    19: "OverheadStructure",
    20: "IgnoredGround",
    21: "Snow",
    22: "TemporalExclusion",
}

#: Every name that may be written, to the name that is printed.
CLASS_WORDS = {name: name for name in CLASS_NAMES.values()} | {
    "Created": "NeverClassified",
    "Unassigned": "Unclassified",
    "LowNoise": "LowPoint",
}
CLASS_CODES = {name: code for code, name in CLASS_NAMES.items()}
