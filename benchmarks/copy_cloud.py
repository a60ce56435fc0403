# SPDX-License-Identifier: GPL-2.0-or-later
"""A plain copy of a cloud by Scree's own reader and writer, what every algorithm pays: copy_cloud.py IN.laz OUT.laz"""

from __future__ import annotations

import sys
from pathlib import Path


def main(source: str, target: str) -> None:
    from scree.core.clouds.collection import open_collection
    from scree.core.clouds.las_writer import CloudWriter
    from scree.core.clouds.output_header import copied_header

    sources = open_collection([source]).sources
    with CloudWriter(target, copied_header(sources), sources) as writer:
        for one in sources:
            for _, records in one.records():
                writer.copy(one, records)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "build" / "plugins"))
    main(*sys.argv[1:])
