"""Makes the icons of the installed site, ``app-*.png``, from its logo.

PYTHONPATH=py python -m tools.pictures.icons app/icons
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from tests.support.chromium import launch


@dataclass(frozen=True)
class Icon:
    """Attributes:
    size: of the picture, px.
    share: the logo's width of it. Systems cut a maskable icon to a circle of 0.8 of it at least.
    ground: CSS colour around it; none where it is transparent.
    """

    size: int
    share: float
    ground: str = "transparent"


WARM = "linear-gradient(160deg, #fffaf3, #fbe0d0 60%, #e3d3ea)"
ICONS = {
    "app-192": Icon(192, 0.98),
    "app-512": Icon(512, 0.98),
    "app-maskable-512": Icon(512, 0.6, WARM),
    "app-180": Icon(180, 0.74, WARM),  # for iOS, which rounds its corners itself
}


def draw(page: Page, logo: str, icon: Icon) -> bytes:
    """A PNG."""
    page.set_viewport_size({"width": icon.size, "height": icon.size})
    page.set_content(
        f"<body style='margin:0;height:100vh;display:grid;place-items:center;"
        f"background:{icon.ground}'><div style='width:{100 * icon.share}%'>{logo}</div>"
    )
    return page.screenshot(omit_background=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="has logo.svg and gets the icons")
    folder = parser.parse_args().folder
    logo = (folder / "logo.svg").read_text("utf-8")
    with sync_playwright() as playwright:
        page = launch(playwright).new_page()
        for name, icon in ICONS.items():
            (folder / f"{name}.png").write_bytes(draw(page, logo, icon))


if __name__ == "__main__":
    main()
