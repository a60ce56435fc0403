# SPDX-License-Identifier: GPL-2.0-or-later
"""What is seen in the QGIS window."""
