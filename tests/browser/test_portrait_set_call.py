"""A portrait of several pictures: kept and saved by its own page, and on its way to another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from tests.support import rooms
from tests.support.portraits import built_in, expression_of, portrait_set
from tests.support.sentences import sentence
from tests.support.site_server import SiteServer
from tests.support.tab import Tab

from persona_core.portrait.expressions.expression import Region
from persona_core.portrait.expressions.portrait_set import PortraitSet
from persona_core.wire.control import MAX_CHUNK_BYTES

WINDOW = {"width": 640, "height": 520}

# An init script: notes the pieces of pictures that this page sends. Of its first life only so many
# different ones get through; the others are on their way for ever, as on a network that broke down.
NOTE_CHUNKS = """
globalThis.chunks = {};
const lives = Number(sessionStorage.getItem("lives") ?? 0);
sessionStorage.setItem("lives", lives + 1);
const most = lives ? Infinity : %d;
const send = RTCDataChannel.prototype.send;
RTCDataChannel.prototype.send = function (data) {
  if (typeof data === "string" && data.includes('"portrait-chunk"')) {
    const { sha256, offset, data: piece } = JSON.parse(data);
    const name = `${sha256} ${offset}`;
    if (!(name in chunks) && Object.keys(chunks).length >= most) return;
    chunks[name] = atob(piece).length;
  }
  send.call(this, data);
};
"""

PEER = """([field, value]) => {
  const [peer] = JSON.parse(virtualpersona.report()).call.peers;
  return peer !== undefined && peer[field] === value;
}"""


def wanted() -> PortraitSet:
    """Eight expressions, of which the third is sent in several pieces."""
    several = portrait_set(7)
    turned = expression_of(built_in(), *Region, glow=0.9)
    return PortraitSet(several.base, (*several.expressions[:2], turned, *several.expressions[2:]))


SET = wanted()
PARTS = [SET.to_parts()[0], *SET.to_parts()[1]]
PIECES = [-(-len(part) // MAX_CHUNK_BYTES) for part in PARTS]


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("portraits") / "mine.portrait"
    path.write_bytes(SET.to_file())
    return path


def wait_words(tab: Tab, key: str) -> None:
    """Waits until the card says this of how it went."""
    tab.page.wait_for_function(
        "text => document.getElementById('portrait-status').textContent === text",
        arg=sentence(key),
        timeout=rooms.WAIT_MS,
    )


@pytest.fixture(scope="module")
def home(dist_server: SiteServer, plain_browser: Browser) -> Iterator[Tab]:
    """The page where people choose who to be; each test finds it as the test before left it."""
    tab = Tab(plain_browser, viewport=WINDOW)
    yield tab.open(f"{dist_server.url}home-v3/")
    tab.close()


def open_saved(tab: Tab, path: Path) -> None:
    """Puts on the portrait that a file holds."""
    tab.page.wait_for_selector("#portrait-open[aria-disabled=false]")
    tab.page.set_input_files("#portrait-saved-file", path)
    wait_words(tab, "portrait.opened")
    assert tab.report()["portrait"] == "own"


def downloaded(tab: Tab, folder: Path) -> bytes:
    """What the page saves as a file."""
    with tab.page.expect_download() as download:
        tab.page.click("#portrait-save")
    target = folder / download.value.suggested_filename
    download.value.save_as(target)
    assert target.suffix == ".portrait"
    return target.read_bytes()


def test_same_bytes_come_back_when_a_portrait_is_opened_kept_and_saved(
    home: Tab, saved: Path, tmp_path: Path
) -> None:
    tab = home
    open_saved(tab, saved)
    assert downloaded(tab, tmp_path) == SET.to_file()
    wait_words(tab, "portrait.saved")

    damaged = tmp_path / "damaged.portrait"
    damaged.write_bytes(SET.to_file()[:-5])
    tab.page.set_input_files("#portrait-saved-file", damaged)
    wait_words(tab, "portrait.file-unusable")
    tab.page.reload()
    tab.wait_ready()
    tab.page.wait_for_function(
        "JSON.parse(virtualpersona.report()).portrait === 'own'", timeout=rooms.WAIT_MS
    )
    assert downloaded(tab, tmp_path) == SET.to_file()

    tab.page.click("#portrait-remove")
    wait_words(tab, "portrait.removed")
    assert tab.page.is_hidden("#portrait-save")
    assert tab.errors == []


@dataclass
class Call:
    """Who wears the set, and who sees it."""

    sender: Tab
    receiver: Tab

    def peer(self) -> dict[str, Any]:
        [peer] = self.receiver.report()["call"]["peers"]
        return peer

    def wait_peer(self, field: str, value: object) -> None:
        self.receiver.page.wait_for_function(PEER, arg=[field, value], timeout=rooms.WAIT_MS)

    def chunks(self) -> dict[str, int]:
        """The pieces that the sender's present page sent, by name and offset, and their lengths."""
        return self.sender.page.evaluate("chunks")


@pytest.fixture
def call(dist_server: SiteServer, plain_browser: Browser, home: Tab, saved: Path) -> Iterator[Call]:
    """A call in which the base, two expressions and a piece of the third came through."""
    invitation = rooms.new_invitation()
    sender, receiver = home, Tab(plain_browser, viewport=WINDOW)
    open_saved(sender, saved)
    sender.page.add_init_script(NOTE_CHUNKS % (sum(PIECES[:3]) + 1))
    rooms.enter_together(dist_server.url, invitation, sender, receiver)
    rooms.wait_connected(sender, receiver)
    yield Call(sender, receiver)
    receiver.close()


def test_peer_sees_the_portrait_first_and_the_rest_after_a_reload_in_the_middle(
    call: Call,
) -> None:
    assert PIECES[3] > 1
    call.wait_peer("portrait", len(PARTS[0]))
    call.wait_peer("expressions", 2)
    here = sum(map(len, PARTS[:3])) + MAX_CHUNK_BYTES
    call.wait_peer("portrait_progress", round(here / sum(map(len, PARTS)), 2))
    first = call.chunks()
    call.receiver.page.wait_for_timeout(1_000)
    assert call.peer()["expressions"] == 2, "more came than was let through"

    call.sender.page.reload()
    call.sender.wait_ready()
    call.wait_peer("expressions", 8)
    assert call.peer()["portrait"] == len(PARTS[0])
    assert (call.peer()["portrait_progress"], call.peer()["expressions_refused"]) == (None, 0)
    second = call.chunks()
    assert sum(first.values()) == here
    assert not set(first) & set(second), "something was begun anew"
    assert sum(second.values()) == sum(map(len, PARTS)) - here
    assert call.sender.errors == call.receiver.errors == []
