"""The site on a host that only serves files, in a folder of it, with signaling elsewhere."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser
from tests.support import rooms
from tests.support.plain_site import PlainSite
from tests.support.site_config import configure
from tests.support.site_server import SiteServer
from tests.support.tab import Tab

NewTab = Callable[..., Tab]
SMALL = {"width": 420, "height": 420}


def test_call_works_under_a_sub_path_when_signaling_is_configured(
    dist: Path, tmp_path: Path, plain_browser: Browser, new_tab: NewTab
) -> None:
    copy = tmp_path / "site"
    shutil.copytree(dist, copy)
    with PlainSite(copy) as site:
        origin = site.url.split("/some/")[0]
        with SiteServer(None, {"VP_ALLOWED_ORIGINS": origin}) as server:
            configure(copy, signaling=server.signaling_url)
            invitation = rooms.new_invitation()
            first, second = (
                new_tab(plain_browser, viewport=SMALL, service_workers="allow") for _ in range(2)
            )
            rooms.enter_together(site.url, invitation, first, second)
            for tab in (first, second):
                assert tab.page.evaluate("crossOriginIsolated")
            rooms.wait_connected(first, second)
            rooms.wait_frames(first, 10)
