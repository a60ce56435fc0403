# SPDX-License-Identifier: GPL-2.0-or-later
"""A DEM by a Python library, in a process and an environment of its own.

peer_surface.py tin|laplace|nni|scipy CLOUD OUT.npy WEST NORTH CELL COLUMNS ROWS

tin, laplace, nni: startinpy; scipy: its LinearNDInterpolator.  OUT holds float64 [rows, columns] from the north.
"""

from __future__ import annotations

import sys

import laspy
import numpy as np


def main(method: str, cloud: str, out: str, *grid: str) -> None:
    west, north, cell = map(float, grid[:3])
    columns, rows = map(int, grid[3:])
    las = laspy.read(cloud)
    points = np.column_stack((las.x - west, las.y - north, las.z))
    x, y = np.meshgrid((np.arange(columns) + 0.5) * cell, -(np.arange(rows) + 0.5) * cell)
    places = np.column_stack((x.ravel(), y.ravel()))
    if method == "scipy":
        from scipy.interpolate import LinearNDInterpolator

        z = LinearNDInterpolator(points[:, :2], points[:, 2])(places)
    else:
        import startinpy

        surface = startinpy.DT()
        surface.insert(points)
        name = {"tin": "TIN", "laplace": "Laplace", "nni": "NNI"}[method]
        z = surface.interpolate({"method": name}, places, strict=False)
    np.save(out, np.asarray(z, float).reshape(rows, columns))


if __name__ == "__main__":
    main(*sys.argv[1:])
