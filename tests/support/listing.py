"""The listing of a copy of the site, made anew after something in the copy was changed."""

from __future__ import annotations

from pathlib import Path

from persona_build.dist import SitePlan
from persona_build.offline import LISTING, with_listing


def relist(site: Path) -> str:
    """Has the copy's listing tell what it holds, as a build of that would.

    Returns:
        The version.
    """
    for path in site.glob(f"{LISTING}*"):
        path.unlink()
    files = (path for path in site.rglob("*") if path.is_file())
    copies = {
        path.relative_to(site).as_posix(): path
        for path in files
        if path.suffix != ".br" and (path.suffix != ".gz" or path.stem.endswith(".memory"))
    }
    text = with_listing(SitePlan(copies)).texts[LISTING]
    (site / LISTING).write_text(text, "utf-8")
    return str(text.split('"')[3])
