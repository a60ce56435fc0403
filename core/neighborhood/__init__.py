# SPDX-License-Identifier: GPL-2.0-or-later
"""Neighborhoods: the language that describes them, and the search that finds them."""
