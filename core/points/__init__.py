# SPDX-License-Identifier: GPL-2.0-or-later
"""The engines that work points: one journey for all, and what each computes from a point's neighbors."""
