# SPDX-License-Identifier: GPL-2.0-or-later
"""The search: exact neighbors of any query, whatever lies outside the unit it belongs to."""
