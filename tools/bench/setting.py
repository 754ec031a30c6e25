"""What every part of the benchmark is given."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from playwright.sync_api import Playwright
from tests.support import face_video
from tests.support.site_server import ROOT

from persona_build.console import Step

Result = TypeVar("Result")


def site_folder() -> Path:
    """The built site.

    Raises:
        FileNotFoundError: it was not built.
    """
    folder = Path(os.environ.get("VP_DIST", ROOT / "dist"))
    if not (folder / "index.html").exists():
        raise FileNotFoundError(f"no site in {folder}: run `python build.py build` first")
    return folder


def run_apart(work: Coroutine[Any, Any, Result]) -> Result:
    """What a coroutine gives, which runs in a thread: Playwright keeps a loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


@dataclass(frozen=True)
class Setting:
    """Where and how long to measure.

    Attributes:
        url: the served site's root, with a slash at its end.
        seconds: length of the measured call.
        runs: visits of which a start-up figure is the median.
        step: takes word of what is being done.
        clips: a folder of videos of faces, in place of the sample's recorded face.
    """

    playwright: Playwright
    url: str
    seconds: int
    runs: int
    step: Step
    clips: Path | None = None

    @cached_property
    def camera(self) -> Path:
        """The sample face video, as a camera.

        Raises:
            FileNotFoundError: it was not fetched.
        """
        return face_video.as_camera(Path(os.environ.get("VP_VENDOR", ROOT / "vendor")))
