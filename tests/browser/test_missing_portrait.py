"""Who chose a portrait that is not to be had is nobody to the others, and never somebody else."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Browser
from tests.browser.portrait_call import enter_as, wait_seen
from tests.support import rooms
from tests.support.sentences import sentence
from tests.support.site_server import SiteServer
from tests.support.tab import Tab

SMALL = {"width": 480, "height": 420}


def test_silhouette_is_seen_and_the_person_told_when_their_portrait_cannot_be_fetched(
    dist_server: SiteServer, plain_browser: Browser, new_tab: Callable[..., Tab]
) -> None:
    invitation = rooms.new_invitation()
    ann, ben = (new_tab(plain_browser, viewport=SMALL) for _ in range(2))
    ann.page.route("**/portraits/officer.portrait", lambda route: route.abort())
    enter_as(dist_server.url, invitation, {"runner": ben, "officer": ann})
    ann.page.wait_for_function(
        "words => document.getElementById('notice-text').textContent === words",
        arg=sentence("room.portrait-missing"),
        timeout=rooms.WAIT_MS,
    )
    rooms.wait_connected(ann, ben)
    rooms.wait_frames(ben, 10)
    assert ben.report()["seen"][1] == ann.report()["seen"][0] == "silhouette"
    assert kinds(ann)["drawn"] == kinds(ben)["drawn"] == 0

    ann.page.unroute("**/portraits/officer.portrait")
    ann.page.reload()
    ann.wait_ready()
    for tab in (ann, ben):
        wait_seen(tab, "portrait", "still")
        assert kinds(tab)["drawn"] == 0
    assert ben.errors == []


def kinds(tab: Tab) -> dict[str, int]:
    """How many frames of each kind a page has shown."""
    return tab.page.evaluate("kinds")
