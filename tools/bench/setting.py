"""What every part of the benchmark is given."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from playwright.sync_api import Playwright
from tests.support import face_video
from tests.support.site_server import ROOT

from persona_build.console import Step


def site_folder() -> Path:
    """The built site.

    Raises:
        FileNotFoundError: it was not built.
    """
    folder = Path(os.environ.get("VP_DIST", ROOT / "dist"))
    if not (folder / "index.html").exists():
        raise FileNotFoundError(f"no site in {folder}: run `python build.py build` first")
    return folder


@dataclass(frozen=True)
class Setting:
    """Where and how long to measure.

    Attributes:
        url: the served site's root, with a slash at its end.
        seconds: length of the measured call.
        runs: visits of which a start-up figure is the median.
        step: takes word of what is being done.
    """

    playwright: Playwright
    url: str
    seconds: int
    runs: int
    step: Step

    @cached_property
    def camera(self) -> Path:
        """The sample face video, as a camera.

        Raises:
            FileNotFoundError: it was not fetched.
        """
        return face_video.as_camera(Path(os.environ.get("VP_VENDOR", ROOT / "vendor")))
