"""A plain video call of two browsers: what people would use instead."""

from __future__ import annotations

from typing import Any, Final

from playwright.sync_api import Page

PAGE: Final = """<!doctype html><title>Video call</title>
<style>body { margin: 0; display: flex } video { width: 50vw }</style>
<video id="own" muted autoplay playsinline></video><video id="peer" autoplay playsinline></video>"""

OPEN: Final = """async () => {
  const video = { width: 640, height: 480, frameRate: 30 };
  const stream = await navigator.mediaDevices.getUserMedia({ video, audio: true });
  document.getElementById("own").srcObject = stream;
  const link = globalThis.link = new RTCPeerConnection();
  link.ontrack = ({ streams }) => { document.getElementById("peer").srcObject = streams[0]; };
  for (const track of stream.getTracks()) link.addTrack(track, stream);
}"""
DESCRIBE: Final = """async (offer) => {
  if (offer) await link.setRemoteDescription(offer);
  await link.setLocalDescription();
  if (link.iceGatheringState !== "complete") await new Promise((resolve) => {
    link.onicegatheringstatechange = () => link.iceGatheringState === "complete" && resolve();
  });
  return link.localDescription.toJSON();
}"""
ACCEPT: Final = "(answer) => link.setRemoteDescription(answer)"
COUNTS: Final = """async () => {
  const found = { decoded: 0, sent: 0 };
  for (const row of (await link.getStats()).values()) {
    if (row.type === "inbound-rtp" && row.kind === "video") found.decoded = row.framesDecoded ?? 0;
    if (row.type === "transport") found.sent = row.bytesSent;
  }
  return found;
}"""


def connect(first: Page, second: Page) -> None:
    """Holds a call with camera and microphone between two pages that show :data:`PAGE`."""
    for page in (first, second):
        page.evaluate(OPEN)
    answer = second.evaluate(DESCRIBE, first.evaluate(DESCRIBE, None))
    first.evaluate(ACCEPT, answer)
    for page in (first, second):
        page.wait_for_function("document.getElementById('peer').currentTime > 1")


def counts(page: Page) -> dict[str, Any]:
    """Pictures decoded and bytes sent so far."""
    return dict(page.evaluate(COUNTS))
