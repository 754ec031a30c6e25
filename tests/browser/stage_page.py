"""A copy of the built site with one page more: two stages that show the demo motion."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from tests.support.portraits import canonical_portrait

NAME = "stage-page"
MAIN = Path(__file__).parent / "data" / "stage_main.py"
PLACES = '<div id="preview" class="place"></div><div id="peer" class="place"></div>'
COLOUR = (20, 120, 130)
"""Of the portrait that the first stage may show: nothing else on the page has it."""
CSS = """
.place { position: relative; width: 240px; height: 300px; background: #fff; }
"""


def with_stage_page(dist: Path, copy: Path) -> Path:
    """The copy; the page is at ``stage-page/``."""
    shutil.copytree(dist, copy)
    folder = copy / NAME
    folder.mkdir()
    html = (copy / "test" / "index.html").read_text("utf-8")
    html, places = re.subn(r'<canvas id="preview"[^>]*></canvas>', "", html)
    html, mains = re.subn(r'(<main id="main")', rf"{PLACES}\1", html)
    html, heads = re.subn("</head>", '<link rel="stylesheet" href="stage.css"></head>', html)
    assert (places, mains, heads) == (1, 1, 1), "the test page is not built as it was"
    (folder / "index.html").write_text(html, "utf-8")
    (folder / "stage.css").write_text(CSS, "utf-8")
    portrait = canonical_portrait(f"rgb{COLOUR}")
    (folder / "plain.portrait").write_bytes(portrait.to_bytes())
    shutil.copy(MAIN, folder / "main.py")
    return copy
