# SPDX-License-Identifier: GPL-2.0-or-later
"""The Processing algorithms: thin wrappers that turn parameters into core options and back."""
