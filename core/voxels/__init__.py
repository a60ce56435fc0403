# SPDX-License-Identifier: GPL-2.0-or-later
"""The tiled voxel map: log-odds occupancy of any extent, a few tiles in memory, files OctoMap can open."""
