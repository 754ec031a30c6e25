"""The machine that the figures belong to."""

from __future__ import annotations

import os
import platform
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import Playwright
from tests.support.chromium import launch
from tools.bench.windows import VIEWPORT


def describe(playwright: Playwright) -> dict[str, Any]:
    """What the figures depend on; taken before anything of ours loads the machine."""
    load = os.getloadavg() if hasattr(os, "getloadavg") else None
    browser = launch(playwright)
    try:
        system = browser.new_browser_cdp_session().send("SystemInfo.getInfo")
        return {
            "when": datetime.now(UTC).isoformat(timespec="seconds"),
            "system": f"{platform.system()} {platform.release()}",
            "cpu": _cpu_model(),
            "cores": os.cpu_count() or 1,
            "load_before": None if load is None else [round(value, 2) for value in load],
            "browser": f"Chromium {browser.version}, headless",
            "compositing": system["gpu"]["featureStatus"].get("gpu_compositing", "unknown"),
            "window": f"{VIEWPORT['width']} x {VIEWPORT['height']}",
        }
    finally:
        browser.close()


def sentences(machine: dict[str, Any]) -> list[str]:
    """The description for people, and what it means for the figures."""
    load = machine["load_before"]
    busy = "" if load is None else f", load before starting {load[0]:.1f}"
    lines = [
        f"{machine['cpu']}, {machine['cores']} cores{busy}; {machine['system']}",
        f"{machine['browser']}, windows of {machine['window']}, "
        f"GPU compositing: {machine['compositing']}",
    ]
    if "software" in str(machine["compositing"]):
        lines.append(
            "This browser draws in software, and both ends of the call share these "
            f"{machine['cores']} cores: frame rates, latency and CPU share are not a laptop's."
        )
    return lines


def _cpu_model() -> str:
    listing = Path("/proc/cpuinfo")
    found = listing.exists() and re.search(r"^model name\s*:\s*(.+)$", listing.read_text(), re.M)
    return found[1] if found else platform.processor() or platform.machine()
