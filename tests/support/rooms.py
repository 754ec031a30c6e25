"""Entering rooms with real tabs, and waiting for what the page then says."""

from __future__ import annotations

import itertools
from pathlib import Path

from tests.support.tab import Tab, open_together

from persona_core.call.invitation import Invitation

SECRET = bytes(range(16))
WAIT_MS = 60_000
_numbers = itertools.count(1)

# An init script: the page's connections, in the order in which they were made.
KEEP_CONNECTIONS = """
globalThis.connections = [];
globalThis.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...given) {
    super(...given);
    connections.push(this);
  }
};
"""

# A person who wants to stay, however slow the machine is that plays the GPU.
STAYING = """() => {
  const offered = document.getElementById("suggestion");
  const stay = () => offered.hidden || document.getElementById("suggestion-keep").click();
  new MutationObserver(stay).observe(offered, { attributes: true });
  stay();
}"""

GESTURE_PAGE = Path(__file__).with_name("gesture_page.py")
"""To be served in place of a page's ``main.py``: the same page, whose own hands a test moves."""


def new_invitation() -> Invitation:
    """An invitation to a room that no other test uses."""
    return Invitation(f"test-room-{next(_numbers)}", SECRET)


JOIN = "#invited:not([hidden]) #join"
"""The button that joins the room whose link was opened, while it is offered."""


def enter(tab: Tab, site_url: str, invitation: Invitation, page: str = "room-v3/") -> Tab:
    """Opens the link to a room and joins once Python made the page usable.

    Args:
        page: the room's, relative to the site; it may have a query.
    """
    tab.open(invitation.link(f"{site_url}{page}"))
    join(tab)
    return tab


def enter_together(
    site_url: str, invitation: Invitation, *tabs: Tab, page: str = "room-v3/"
) -> None:
    """Opens the link to a room in several tabs at once, and joins in their order.

    Args:
        page: the room's, relative to the site; it may have a query.
    """
    link = invitation.link(f"{site_url}{page}")
    open_together(*((tab, link) for tab in tabs))
    for tab in tabs:
        join(tab)


def join(tab: Tab) -> None:
    """Accepts the invitation that the page shows. Not by the mouse: frames may come slowly here,
    and a touch of the page allows sound, which is for the tests of it to do."""
    tab.page.wait_for_selector(JOIN, timeout=WAIT_MS)
    tab.page.evaluate("selector => document.querySelector(selector).click()", JOIN)


def unmute(tab: Tab) -> None:
    """Lets a newcomer be heard, who comes in muted."""
    tab.page.evaluate("document.getElementById('mute').click()")


def show_demo(tab: Tab) -> None:
    """Plays the demo, wherever the room has the button for it: in its bar or in a menu."""
    tab.page.evaluate("document.getElementById('use-demo').click()")


def press(tab: Tab, selector: str) -> None:
    """Presses a button of the call, which lies in the menu where the bar has no place for it."""
    if not tab.page.is_visible(selector):
        tab.page.click("#more")
    tab.page.click(selector)


def turn_to(tab: Tab, fragment: str) -> None:
    """Follows a link to another room from the page of a room: the page itself stays, and asks.

    Args:
        fragment: of the link, ``#`` included; it may be damaged.
    """
    tab.page.evaluate("fragment => { location.hash = fragment; }", fragment)


def wait_status(tab: Tab, *states: str) -> None:
    """Waits until the call's status is one of ``states``."""
    selector = ", ".join(f'#call-status[data-state="{state}"]' for state in states)
    tab.page.wait_for_selector(selector, timeout=WAIT_MS)


def wait_connected(*tabs: Tab) -> None:
    for tab in tabs:
        wait_status(tab, "good")


def frames_received(tab: Tab) -> int:
    """How many parameter frames have come from the peer so far."""
    return int(tab.report()["call"]["peers"][0]["frames"])


def wait_frames(tab: Tab, count: int) -> None:
    """Waits until ``count`` more frames have come from the peer."""
    goal = frames_received(tab) + count
    tab.page.wait_for_function(
        "goal => JSON.parse(virtualpersona.report()).call.peers[0]?.frames >= goal",
        arg=goal,
        timeout=WAIT_MS,
    )


def wait_problem(tab: Tab, sentence: str) -> None:
    """Waits until the problem panel says a sentence."""
    tab.page.wait_for_function(
        """sentence => {
          const panel = document.getElementById("problem"); // not there while the page is read
          return panel?.hidden === false && panel.textContent.includes(sentence);
        }""",
        arg=sentence,
        timeout=WAIT_MS,
    )
