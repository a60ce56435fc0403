# SPDX-License-Identifier: GPL-2.0-or-later
"""Surfaces from points: one contract, one registry, every method seam-free."""
