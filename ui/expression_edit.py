# SPDX-License-Identifier: GPL-2.0-or-later
"""A text field that knows a small language: highlights, completes, and marks an error as one types."""

from __future__ import annotations

from qgis.PyQt.QtCore import QEvent, QStringListModel, Qt, pyqtSignal
from qgis.PyQt.QtGui import QFontDatabase, QKeyEvent, QTextCursor
from qgis.PyQt.QtWidgets import QCompleter, QPlainTextEdit, QWidget

from .highlighter import Highlighter
from .languages import ATTRIBUTES, Language, Problem, completions, problem_in

TAKES = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Escape)
"""Keys that belong to the list of words while it is open."""


class ExpressionEdit(QPlainTextEdit):
    """``checked`` tells the problem of the text, or None, after every change."""

    checked = pyqtSignal(object)

    def __init__(self, language: Language, lines: int = 2, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.language = language
        self.attributes: tuple[str, ...] = tuple(ATTRIBUTES)
        self.problem: Problem | None = None
        self.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.setTabChangesFocus(True)
        self.setFixedHeight(self.fontMetrics().lineSpacing() * lines + 12)
        self.highlighter = Highlighter(self, language)
        self.completer = QCompleter(QStringListModel(self), self)
        self.completer.setWidget(self)
        self.completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self.completer.activated.connect(self.insert_word)
        self.textChanged.connect(self._check)

    def text(self) -> str:
        return self.toPlainText()

    def set_text(self, text: str) -> None:
        if text != self.text():
            self.setPlainText(text)

    def words(self) -> list[str]:
        """What is legal at the cursor, as it would be typed."""
        return completions(self.language, self.text(), self.textCursor().position(), self.attributes)[1]

    def insert_word(self, word: str) -> None:
        """Put ``word`` in place of the part of it that stands before the cursor."""
        cursor = self.textCursor()
        start, _ = completions(self.language, self.text(), cursor.position(), self.attributes)
        cursor.setPosition(start, QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(word)
        self.setTextCursor(cursor)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        popup = self.completer.popup()
        if popup.isVisible() and event.key() in TAKES:
            event.ignore()
            return
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        asked = control and event.key() == Qt.Key.Key_Space
        if not asked:
            super().keyPressEvent(event)
        typed = event.text()
        if asked or (typed and (typed.isalpha() or typed in "([=")) or (popup.isVisible() and typed):
            self.offer()

    def offer(self) -> None:
        """Open the list of words, or close it where there are none."""
        words = self.words()
        if not words:
            self.completer.popup().hide()
            return
        self.completer.model().setStringList(words)
        self.completer.popup().setCurrentIndex(self.completer.completionModel().index(0, 0))
        place = self.cursorRect()
        place.setWidth(self.completer.popup().sizeHintForColumn(0) + 30)
        self.completer.complete(place)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.highlighter.rehighlight()

    def _check(self) -> None:
        self.problem = problem_in(self.language, self.text())
        self.highlighter.mark(self.problem.position if self.problem else -1)
        self.checked.emit(self.problem)
