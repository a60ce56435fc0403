# SPDX-License-Identifier: GPL-2.0-or-later
"""Scree: point clouds of any size, in the memory you give it, inside QGIS."""


def classFactory(iface):  # noqa: N802, ANN001, ANN201 (the name and shape QGIS calls)
    from .plugin import ScreePlugin

    return ScreePlugin(iface)
