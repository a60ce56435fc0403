# SPDX-License-Identifier: GPL-2.0-or-later
"""Every error a user may meet: one root, a child for each kind of cause.

A message is one sentence that states what was found, the rule, and what to do.
Children also inherit the matching built-in, so ``except OSError`` keeps working.
"""

from __future__ import annotations


class ScreeError(Exception):
    """Root of all errors Scree raises on purpose."""


class InputError(ScreeError, ValueError):
    """A cloud, raster or polygon file cannot be used."""


class OptionError(ScreeError, ValueError):
    """A parameter has a value that cannot work."""


class OutputError(ScreeError, OSError):
    """An output, or the scratch folder, cannot be written."""


class StoreError(ScreeError, OSError):
    """A file of a job folder is damaged."""


class MemoryLimitError(ScreeError, MemoryError):
    """The work cannot be done within MAX_MEMORY."""


class MissingPackage(ScreeError, ImportError):
    """A Python package that is needed to run is not installed."""


class Cancelled(ScreeError):
    """The user asked to stop."""
