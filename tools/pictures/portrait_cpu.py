"""Makes the picture of a portrait as WebGL paints it, and below as the CPU does.

    PYTHONPATH=py python -m tools.pictures.portrait_cpu FILE.webp [PORTRAIT ...]

Portraits are those of the app, by name. The site has to be built.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, sync_playwright
from tests.support.chromium import launch
from tests.support.expressions import params
from tests.support.site_server import ROOT
from tools.bench.setting import site_folder

from persona_core.face import quaternion
from persona_core.face.params import FaceParams
from persona_core.portrait.portrait import Portrait
from persona_models.evaluate.portrait_renderer import PortraitPage
from persona_models.faces.tracks import Picture

SIDE: Final = 192
GAP: Final = 6
MOST_BYTES: Final = 60 * 1024
FACES: Final = (
    FaceParams(0.0),
    params({"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0}),
    params({"jawOpen": 0.7}),
    params(
        {"jawOpen": 0.35, "mouthSmileLeft": 0.8, "mouthSmileRight": 0.8, "mouthUpperUpLeft": 0.4}
    ),
    FaceParams(0.0, rotation=quaternion.from_yaw_pitch_roll(20.0, -6.0, 8.0)),
)


def row(browser: Browser, api: str, portrait: Portrait) -> Picture:
    """Every face beside the others, as one API paints it."""
    page = PortraitPage(browser, site_folder(), api)
    rig = page.wear(portrait, (SIDE, SIDE))
    margin = ((0, GAP), (0, GAP), (0, 0))
    shown = [np.pad(page.show(rig.pose(face, 0.0)), margin, constant_values=255) for face in FACES]
    page.close()
    return np.concatenate(shown, axis=1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", type=Path)
    parser.add_argument("portraits", nargs="*", default=["officer", "astronaut"])
    options = parser.parse_args()
    rows = []
    with sync_playwright() as playwright:
        browser = launch(playwright)
        for name in options.portraits:
            file = ROOT / "app" / "portraits" / f"{name}.portrait"
            portrait = Portrait.from_bytes(file.read_bytes())
            rows += [row(browser, api, portrait) for api in ("webgl", "cpu")]
        browser.close()
    sheet = Image.fromarray(np.concatenate(rows))
    for quality in range(88, 40, -4):
        sheet.save(options.target, "WEBP", quality=quality, method=6)
        if options.target.stat().st_size <= MOST_BYTES:
            break


if __name__ == "__main__":
    main()
