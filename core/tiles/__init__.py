# SPDX-License-Identifier: GPL-2.0-or-later
"""The sealed quad tree on disk: points of any number, read by box or nearest-first."""
