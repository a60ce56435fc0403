# SPDX-License-Identifier: GPL-2.0-or-later
"""Point clouds in and out: LAS, LAZ, COPC, VPC, text, folders and lists of them, streamed."""
