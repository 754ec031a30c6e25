"""What a page asked of camera, microphone and network, from its very start."""

from __future__ import annotations

from typing import Any

from tests.support.rooms import WAIT_MS
from tests.support.tab import Tab

NOTHING: dict[str, list[Any]] = {"asked": [], "connections": [], "sockets": []}

WATCH_STARTS = """
globalThis.started = { asked: [], connections: [], sockets: [] };
globalThis.streams = [];
const { getUserMedia } = MediaDevices.prototype;
MediaDevices.prototype.getUserMedia = async function (wanted) {
  started.asked.push(Object.keys(wanted).filter((kind) => wanted[kind]).join());
  const stream = await getUserMedia.call(this, wanted);
  streams.push({ wanted, stream });
  return stream;
};
globalThis.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...given) {
    super(...given);
    started.connections.push("peer");
  }
};
globalThis.WebSocket = class extends WebSocket {
  constructor(...given) {
    super(...given);
    started.sockets.push(new URL(this.url).host);
  }
};
"""
"""An init script."""


def started(tab: Tab) -> dict[str, list[Any]]:
    return tab.page.evaluate("started")


def wait_asked(tab: Tab, *kinds: str) -> None:
    """Waits until the page has asked for just these devices, in any order."""
    tab.page.wait_for_function(
        "kinds => started.asked.toSorted().join() === kinds.join()",
        arg=sorted(kinds),
        timeout=WAIT_MS,
    )
