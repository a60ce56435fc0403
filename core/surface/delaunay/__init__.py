# SPDX-License-Identifier: GPL-2.0-or-later
"""The Delaunay engine: linear and natural-neighbor surfaces, exact and without seams."""
