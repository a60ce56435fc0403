# SPDX-License-Identifier: GPL-2.0-or-later
"""What a run tells about itself: the numbers as JSON, and the same as one page to look at."""
