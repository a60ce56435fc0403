# SPDX-License-Identifier: GPL-2.0-or-later
"""Between the core and QGIS: feedback one way, errors the other."""

from __future__ import annotations

import signal
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from qgis.core import QgsApplication, QgsProcessingException, QgsProcessingFeedback

from ..core.errors import Cancelled, ScreeError


class Bridge:
    """The core's ``Feedback`` over QGIS's; used by the algorithm's own thread only."""

    def __init__(self, feedback: QgsProcessingFeedback) -> None:
        self._feedback = feedback

    def is_cancelled(self) -> bool:
        return bool(self._feedback.isCanceled())

    def set_percent(self, percent: float) -> None:
        self._feedback.setProgress(percent)

    def info(self, text: str) -> None:
        self._feedback.pushInfo(text)

    def warning(self, text: str) -> None:
        self._feedback.pushWarning(text)


@contextmanager
def interruptible(feedback: QgsProcessingFeedback) -> Iterator[None]:
    """Let Ctrl-C cancel a run of qgis_process at once.

    QGIS notices the signal only when Qt handles events, which happens seldom while an algorithm
    works; Python's own handler runs between two of its instructions.
    """
    headless = QgsApplication.instance().platform() == "qgis_process"
    on_main = threading.current_thread() is threading.main_thread()
    if not (headless and on_main) or signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        yield
        return
    before = signal.signal(signal.SIGINT, lambda number, frame: feedback.cancel())
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_DFL if before is None else before)


@contextmanager
def converted_errors(feedback: QgsProcessingFeedback) -> Iterator[None]:
    """Turn every error into a QgsProcessingException with one sentence.

    A cancelled run raises too: returning would end qgis_process with exit code 0.
    """
    try:
        yield
    except QgsProcessingException:
        raise
    except Cancelled as error:
        raise QgsProcessingException(
            "Cancelled: what was not finished is not written; the same run started again goes on."
        ) from error
    except ScreeError as error:
        raise QgsProcessingException(str(error)) from error
    except BaseException as error:  # a panic of the LAZ decoder is no Exception; here is the last door
        feedback.pushDebugInfo(traceback.format_exc())
        name = type(error).__name__
        raise QgsProcessingException(
            f"This is a fault of Scree, not of the data: {name}: {error}; please report it with the log above."
        ) from error
