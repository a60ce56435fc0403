# SPDX-License-Identifier: GPL-2.0-or-later
"""Write i18n/scree.ts, the texts to translate: ``python benchmarks/translations.py``.

Qt's own lupdate files texts under the name of the class around them; Scree's are all under "Scree", so the
sources are read here.  A translator copies the file to scree_<language>.ts, fills it in with Qt Linguist and
runs lrelease; the plugin loads i18n/scree_<language>.qm if it is there.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("algorithms", "ui")


def sources() -> list[Path]:
    return sorted(path for folder in FOLDERS for path in (ROOT / folder).glob("*.py"))


def texts_of(path: Path) -> Iterator[tuple[int, str]]:
    """(line, text) of literals given to ``tr``; where it is given a name, of the module's tables too."""
    tree = ast.parse(path.read_text("utf-8"))
    indirect = path.name == "languages.py"
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) == "tr" and node.args:
            text = node.args[0]
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                yield node.lineno, text.value
            else:
                indirect = True
    if indirect:
        for node in tree.body:
            if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
                yield from _table(node.value)


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _table(value: ast.expr) -> Iterator[tuple[int, str]]:
    """Texts of a table: those that read like words for people, which begin with a capital or have a blank."""
    for node in ast.walk(value):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
            if (
                text[:1].isalpha()
                and not text.isupper()
                and (text[0].isupper() or " " in text)
                and not set(text) & set("[(=|")
            ):
                yield node.lineno, text


def document() -> ElementTree.ElementTree:
    root = ElementTree.Element("TS", version="2.1", sourcelanguage="en")
    context = ElementTree.SubElement(root, "context")
    ElementTree.SubElement(context, "name").text = "Scree"
    places: dict[str, list[tuple[str, int]]] = {}
    for path in sources():
        for line, text in texts_of(path):
            places.setdefault(text, []).append((f"../{path.relative_to(ROOT).as_posix()}", line))
    for text, found in places.items():
        message = ElementTree.SubElement(context, "message")
        for file in sorted({file for file, _ in found}):  # no line numbers: they would change with every edit
            ElementTree.SubElement(message, "location", filename=file)
        ElementTree.SubElement(message, "source").text = text
        ElementTree.SubElement(message, "translation", type="unfinished")
    ElementTree.indent(root, " ")
    return ElementTree.ElementTree(root)


def main() -> None:
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "i18n" / "scree.ts"
    with target.open("wb") as file:
        file.write(b'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n')
        document().write(file, "utf-8")
        file.write(b"\n")
    print(target)


if __name__ == "__main__":
    main()
