# SPDX-License-Identifier: GPL-2.0-or-later
"""DTM augmentation: the holes of the ground class filled from a reference DTM, bounded, validated and marked."""
