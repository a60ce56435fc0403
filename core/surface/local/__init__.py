# SPDX-License-Identifier: GPL-2.0-or-later
"""Surfaces made cell by cell from the nearest points: nearest value, inverse distances, moving planes."""
