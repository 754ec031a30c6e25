"""Launching the Chromium under test."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import Browser, Playwright
from tests.support import console_log

# No sandbox: tests run as root in containers. The rest keeps Chromium from talking to its
# maker's hosts, so that whatever a test sees on the network is ours.
ALWAYS = (
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# Two windows on one screen: neither may be slowed for being covered.
AWAKE = (
    "--disable-renderer-backgrounding",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
)
DISABLED = (
    # Loopback calls of pages without a camera: their addresses are hidden behind mDNS names, which
    # a machine without multicast cannot resolve.
    "WebRtcHideLocalIpsWithMdns",
    # Both note the stack of a few allocations, in some of the renderers. Where a script waits in
    # the middle of WebAssembly, as Pyodide's do, that stack is a small one of its own: reading on
    # beyond it most likely is what ended a renderer now and then.
    "HeapProfilerReporting",
    "GwpAsanMalloc",
    "GwpAsanPartitionAlloc",
)
"""Of Chromium's features; of several switches for them only the last would count."""


def executable() -> str:
    """The browser that ``build.py test`` found."""
    return os.environ.get("VP_CHROMIUM", "/usr/bin/chromium")


def launch(
    playwright: Playwright, *extra: str, camera: Path | None = None, program: Path | None = None
) -> Browser:
    """A headless Chromium; with ``camera``, that video is its camera and it is allowed.

    Args:
        program: what starts the browser, instead of its own executable.
    """
    flags = [*ALWAYS, *AWAKE, f"--disable-features={','.join(DISABLED)}", *extra]
    if camera is not None:
        flags += [
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={camera}",
        ]
    browser = playwright.chromium.launch(executable_path=program or executable(), args=flags)
    console_log.listen(browser)
    return browser
