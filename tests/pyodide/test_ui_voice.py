"""The tiles of the company, and the controls of voices, on the room's own HTML."""

from __future__ import annotations

import pytest
from pytest_pyodide import run_in_pyodide

pytestmark = pytest.mark.usefixtures("fresh_room")


@run_in_pyodide
def test_tiles_take_the_lowest_free_place_and_go_with_what_they_own(selenium):
    from testbed.rooms import by_id

    from persona_web.bridge.page import Page, Strings
    from persona_web.room.peer_tile import PLACES, PeerGrid

    class Owned:
        closed = 0

        def close(self):
            self.closed += 1

    grid, owned = PeerGrid(Page(), Strings()), Owned()
    tiles = [grid.add() for _ in range(PLACES)]
    tiles[1].own(owned)
    full = grid.add()
    ids = [tile.canvas().node.id for tile in tiles]
    count = by_id("peers").dataset.count
    grid.remove(tiles[1])
    again = grid.add()

    assert full is None
    assert ids == ["peer", *(f"peer-{number}" for number in range(2, PLACES + 1))]
    assert count == str(PLACES)
    assert owned.closed == 1
    assert (again.number, again.canvas().node.id) == (2, "peer-2")
    assert by_id("peers").childElementCount == PLACES


@run_in_pyodide
def test_tile_says_what_is_wrong_with_a_connection_and_nothing_else(selenium):
    from persona_web.bridge.page import Page, Strings
    from persona_web.room.peer_tile import PeerGrid

    tile = PeerGrid(Page(), Strings()).add()
    node = tile.place.node
    label = node.querySelector(".peer-label")
    words = node.querySelector(".peer-quality")
    text = Strings().text
    seen = []
    for quality, server, muted, progress in (
        ("connecting", False, False, None),
        ("good", False, False, 0.5),
        ("good", False, True, None),
        ("poor", False, False, None),
        ("poor", True, False, None),
        ("poor", True, False, 0.0),
        ("poor", True, False, 0.47),
        ("reconnecting", False, True, None),
        ("lost", False, False, None),
    ):
        tile.show(quality, through_server=server, muted=muted, portrait_progress=progress)
        said = words.textContent if words.checkVisibility() else ""
        sign = node.querySelector(".peer-muted").checkVisibility()
        seen.append((node.dataset.quality, label.checkVisibility(), said, sign))
    tile.speak(True)

    assert seen == [
        ("connecting", False, "", False),
        ("good", False, "", False),
        ("good", True, "", True),
        ("poor", True, text("link.poor"), False),
        ("poor", True, text("link.server"), False),
        ("poor", True, text("link.portrait", percent="0"), False),
        ("poor", True, text("link.portrait", percent="40"), False),
        ("reconnecting", True, text("link.reconnecting"), True),
        ("lost", True, text("link.lost"), False),
    ]
    assert node.dataset.speaking == "true"


@run_in_pyodide
def test_voice_controls_say_where_the_voice_stands_and_do_what_is_asked(selenium):
    import js
    from testbed.hearing import Hearing
    from testbed.rooms import by_id, shown

    from persona_web.bridge.keys import Keys
    from persona_web.bridge.page import Page, Strings
    from persona_web.capture.device import DeviceState
    from persona_web.capture.voice_capture import VoiceStatus
    from persona_web.ui.call.voice_controls import VoiceActions, VoiceControls

    hearing, text = Hearing(), Strings().text
    actions = VoiceActions(
        lambda: hearing.note("toggle"),
        lambda device: hearing.note("choose", device),
        lambda: hearing.note("unblock"),
    )
    controls = VoiceControls(Page(), Strings(), Keys(), actions)
    said = []
    for status in (
        VoiceStatus(DeviceState.OFF, False, None),
        VoiceStatus(DeviceState.OPENING, False, None),
        VoiceStatus(DeviceState.OPEN, False, None),
        VoiceStatus(DeviceState.OPEN, True, None),
        VoiceStatus(DeviceState.OFF, False, "microphone-refused"),
    ):
        controls.show(status)
        words = by_id("mute").querySelector(".mute-words").textContent
        said.append((by_id("voice-status").textContent, words))
    controls.show(VoiceStatus(DeviceState.OPEN, False, None))
    controls.show_relayed(True)
    relayed = by_id("voice-status").textContent
    by_id("mute").click()
    for key in ("m", "M"):
        event = js.eval(f"new KeyboardEvent('keydown', {{ key: '{key}', bubbles: true }})")
        by_id("mute").dispatchEvent(event)
    controls.show_blocked(True)
    asked = shown("hear")
    by_id("hear").click()
    controls.show_blocked(False)
    controls.show_devices([("a", "Built in"), ("b", "")], "b")
    by_id("call-options").open = True
    select = by_id("microphone")
    names = [option.textContent for option in select.options]
    chosen = select.value
    select.value = "a"
    select.dispatchEvent(js.Event.new("change"))
    controls.show_devices([], "")
    nothing = [(option.textContent, select.disabled) for option in select.options]
    controls.show_level(0.46)

    assert said == [
        (text("voice.off"), text("voice.unmute")),
        (text("voice.asking"), text("voice.unmute")),
        (text("voice.on"), text("voice.mute")),
        (text("voice.muted"), text("voice.unmute")),
        (text("error.microphone-refused"), text("voice.unmute")),
    ]
    assert relayed == text("voice.not-through-server")
    assert asked
    assert not shown("hear")
    assert names == ["Built in", text("voice.microphone-number", number=2)]
    assert chosen == "b"
    assert nothing == [(text("voice.no-microphone"), True)]
    assert by_id("mute").dataset.level == "5"
    assert hearing.events == [
        ("toggle",), ("toggle",), ("toggle",), ("unblock",), ("choose", "a"),
    ]  # fmt: skip


@run_in_pyodide
def test_address_is_hidden_from_the_start_when_it_was_before(selenium):
    import js
    from testbed.rooms import by_id

    from persona_web.bridge.page import Page
    from persona_web.bridge.storage import BrowserStorage
    from persona_web.ui.call.privacy import RelaySwitch

    told = []
    storage = BrowserStorage()
    RelaySwitch(Page(), storage, told.append)
    box = by_id("relay-only")
    box.checked = True
    box.dispatchEvent(js.Event.new("change"))
    later = []
    again = RelaySwitch(Page(), storage, later.append)

    assert told == [True]
    assert later == [True]
    assert again.on
