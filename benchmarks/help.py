# SPDX-License-Identifier: GPL-2.0-or-later
"""Write the help pages of resources/help and docs/algorithms.md from the algorithms themselves.

help.py               the pages (a test compares them)
help.py --pictures    their pictures too: every algorithm is run over a made cloud
"""

from __future__ import annotations

import os
import sys
from html import escape
from pathlib import Path
from typing import Any

from qgis.core import QgsApplication

ROOT = Path(__file__).resolve().parent.parent
HELP = ROOT / "resources" / "help"
LIST = ROOT / "docs" / "algorithms.md"
GUIDES = {
    "surfaces": ("dem", "Surfaces"),
    "neighborhoods": ("neighborhoods", "Neighborhoods"),
    "voxelmaps": ("voxelmaps", "Voxel maps"),
    "ground": ("augmentation", "Ground"),
    "setup": ("checkenvironment", "Setup"),
}
"""Page of the documentation that explains a group, and its name."""
CAPTIONS = {
    "augmentground": "Left the ground of a cloud with holes, right the same filled: synthetic points are orange. What "
    "stays dark was rejected, here at walls and terraces of the DTM, or has no height in it.",
    "removesynthetic": "Left the ground of a filled cloud, synthetic points orange; right what was measured.",
}
"""Of pictures that need one."""
STYLE = (
    "body{font-family:sans-serif;max-width:48em;margin:1em auto;padding:0 1em;line-height:1.4}"
    "code{background:#8882;padding:1px 3px}img{max-width:100%;image-rendering:pixelated}h3{margin-top:1.6em}"
    "@media(prefers-color-scheme:dark){body{background:#1e2124;color:#e4e6e8}a{color:#7db2ff}}"
)


def picture_of(name: str) -> str:
    """File name of an algorithm's picture."""
    return next((f"{name}.{end}" for end in ("png", "svg") if (HELP / f"{name}.{end}").exists()), "")


def page(algorithm: Any) -> str:
    """The help of an algorithm as one page."""
    title, picture = escape(algorithm.displayName()), picture_of(algorithm.name())
    guide, group = GUIDES[algorithm.groupId()]
    caption = f"<br>{CAPTIONS[algorithm.name()]}" if algorithm.name() in CAPTIONS else ""
    outputs = "\n".join(
        f"<p><b>{escape(output.description())}</b> ({output.name()})</p>"
        for output in algorithm.outputDefinitions()
        if algorithm.parameterDefinition(output.name()) is None
    )
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{STYLE}</style></head>\n<body>\n<h1>{title}</h1>\n"
        f"<p><code>{algorithm.id()}</code> · {escape(algorithm.shortDescription())}</p>\n"
        + (f'<p><img src="{picture}" alt="{title}, from a made cloud">{caption}</p>\n' if picture else "")
        + algorithm.shortHelpString()
        + (f"\n<h3>Results for scripts and models</h3>\n{outputs}" if outputs else "")
        + f'\n<p>More: <a href="https://example.org/scree/docs/{guide}.html">{group}</a></p>\n</body></html>\n'
    )


def index(algorithms: list[Any]) -> str:
    """The page of the documentation that lists them all."""
    lines = [
        "# Algorithms",
        "",
        "Written from the algorithms themselves (`make help-pages`); the same pages open from the Help button in QGIS.",
    ]
    for identity, (guide, group) in GUIDES.items():
        own = [algorithm for algorithm in algorithms if algorithm.groupId() == identity]
        if not own:
            continue
        lines += ["", f"## {group}", ""]
        if (ROOT / "docs" / f"{guide}.md").exists():
            lines += [f"Explained in [{guide}]({guide}.md).", ""]
        lines += ["| Algorithm | |", "| --- | --- |"]
        lines += [f"| [scree:{a.name()}](help/{a.name()}.html) | {a.shortDescription()} |" for a in own]
    return "\n".join(lines) + "\n"


def written(algorithms: list[Any]) -> dict[Path, str]:
    """Every file of ours with what should be in it."""
    pages = {HELP / f"{algorithm.name()}.html": page(algorithm) for algorithm in algorithms}
    return pages | {LIST: index(algorithms)}


def main() -> None:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QgsApplication([], False)
    application.initQgis()
    sys.path[:0] = [str(ROOT / "build" / "plugins"), os.path.join(QgsApplication.pkgDataPath(), "python", "plugins")]
    from processing.core.Processing import Processing

    from scree.plugin import ScreePlugin

    Processing.initialize()
    plugin = ScreePlugin(None)
    plugin.initProcessing()
    HELP.mkdir(exist_ok=True)
    algorithms = sorted(plugin.provider.algorithms(), key=lambda a: a.name())
    if "--pictures" in sys.argv:
        from help_pictures import draw

        draw(HELP, [algorithm.name() for algorithm in algorithms])
    for path, text in written(algorithms).items():
        path.write_text(text, "utf-8")
        print(path.relative_to(ROOT))
    plugin.unload()
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
