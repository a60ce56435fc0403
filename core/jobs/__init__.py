# SPDX-License-Identifier: GPL-2.0-or-later
"""What every algorithm runs inside: a memory budget, workers, progress, a folder to resume from."""
