# SPDX-License-Identifier: GPL-2.0-or-later
"""The engines of Scree, free of QGIS and Qt: they run in any Python interpreter."""
