# SPDX-License-Identifier: GPL-2.0-or-later
"""Regularized spline with tension: many small blended fits, or the plain segments of the paper."""
