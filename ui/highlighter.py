# SPDX-License-Identifier: GPL-2.0-or-later
"""Colors of the words, keys, numbers and quotes of a small language, and the mark under an error."""

from __future__ import annotations

import re

from qgis.PyQt.QtGui import QSyntaxHighlighter, QTextCharFormat
from qgis.PyQt.QtWidgets import QPlainTextEdit

from .colors import color
from .languages import Language

TOKEN = re.compile(
    r"(?P<text>'[^']*'?|\"[^\"]*\"?)"
    r"|(?P<number>(?<![\w.])(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?:[dD]\b)?)"
    r"|(?P<key>[A-Za-z_]\w*(?=\s*=(?!=)))"
    r"|(?P<word>[A-Za-z_]\w*)"
)


class Highlighter(QSyntaxHighlighter):
    def __init__(self, editor: QPlainTextEdit, language: Language) -> None:
        super().__init__(editor.document())
        self._editor = editor
        self._words = {word.lower() for word in language.words}
        self._error = -1

    def mark(self, position: int) -> None:
        """Underline what stands at this offset of the whole text; -1 for no error."""
        if position != self._error:
            self._error = position
            self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        for match in TOKEN.finditer(text):
            kind = match.lastgroup
            if kind == "word":
                if match.group().lower() not in self._words:
                    continue
                kind = "keyword"
            style = QTextCharFormat()
            style.setForeground(color(self._editor, str(kind)))
            self.setFormat(match.start(), match.end() - match.start(), style)
        self._underline(text)

    def _underline(self, text: str) -> None:
        start = self._error - self.currentBlock().position()
        if self._error < 0 or not 0 <= start <= len(text):
            return
        word = re.match(r"\w+|.", text[start:])
        style = QTextCharFormat(self.format(start)) if start < len(text) else QTextCharFormat()
        style.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        style.setUnderlineColor(color(self._editor, "error"))
        if word:
            self.setFormat(start, word.end(), style)
