"""The own side's buttons, the live figures and the characters to pick from."""

from __future__ import annotations

import pytest
from pytest_pyodide import run_in_pyodide

pytestmark = pytest.mark.usefixtures("fresh_room")

# Camera, demo, problem, tracker ready, face found: the sentence and the buttons that are there.
SOURCES = [
    ("OFF", False, None, False, False, "source.idle", "camera demo"),
    ("OPENING", False, None, False, False, "source.starting-camera", "demo stop"),
    ("OPEN", False, None, False, False, "source.starting-tracker", "demo calibrate stop"),
    ("OPEN", False, None, True, False, "source.no-face", "demo calibrate stop"),
    ("OPEN", False, None, True, True, "source.tracking", "demo calibrate stop"),
    ("OFF", True, None, True, False, "source.demo", "camera stop"),
    ("OFF", False, "camera-refused", True, False, "error.camera-refused", "camera demo"),
]


@pytest.mark.parametrize(
    ("camera", "demo", "problem", "ready", "found", "sentence", "buttons"), SOURCES
)
@run_in_pyodide
def test_controls_offer_what_makes_sense_when_the_source_changes(
    selenium, camera, demo, problem, ready, found, sentence, buttons
):
    from testbed.hearing import Hearing
    from testbed.rooms import by_id, shown

    from persona_web.bridge.page import Page, Strings
    from persona_web.capture.device import DeviceState
    from persona_web.capture.face_source import FaceSourceStatus
    from persona_web.ui.source_controls import SourceActions, SourceControls, SourceView

    hearing = Hearing()
    names = ("use_camera", "use_demo", "stop", "calibrate")
    actions = {name: lambda name=name: hearing.note(name) for name in names}
    controls = SourceControls(Page(), Strings(), SourceActions(**actions))
    by_id("more-menu").hidden = False  # where this page has some of them
    controls.show(SourceView(FaceSourceStatus(DeviceState[camera], demo, problem), ready, found))

    ids = {
        "camera": "use-camera",
        "demo": "use-demo",
        "calibrate": "calibrate",
        "stop": "stop-source",
    }
    assert [name for name, element_id in ids.items() if shown(element_id)] == buttons.split()
    assert by_id("source-status").textContent == Strings().text(sentence)
    assert by_id("source-status").dataset.problem == ("true" if problem else "false")
    for element_id in ids.values():
        by_id(element_id).click()
    assert [kind for (kind,) in hearing.events] == ["use_camera", "use_demo", "calibrate", "stop"]


@pytest.mark.parametrize("waiting", ["starting-tracker", "slow-tracker", "restarting-tracker"])
@run_in_pyodide
def test_controls_say_what_is_waited_for_while_the_tracker_is_not_ready(selenium, waiting):
    from testbed.rooms import by_id

    from persona_web.bridge.page import Page, Strings
    from persona_web.capture.device import DeviceState
    from persona_web.capture.face_source import FaceSourceStatus
    from persona_web.ui.source_controls import SourceActions, SourceControls, SourceView

    controls = SourceControls(Page(), Strings(), SourceActions(*[lambda: None] * 4))
    status = FaceSourceStatus(DeviceState.OPEN, False, None)
    controls.show(SourceView(status, False, False, waiting))
    assert by_id("source-status").textContent == Strings().text(f"source.{waiting}")


@run_in_pyodide
def test_figures_are_written_twice_a_second_when_somebody_looks(selenium):
    from types import SimpleNamespace

    from testbed.rooms import by_id

    from persona_core.call.remote_peer import RemoteStats
    from persona_web.base.meter import RateMeter
    from persona_web.bridge.page import Page, Strings
    from persona_web.ui.figures import Figures

    names = ("fps", "tracking", "bytes", "round-trip", "delay", "lost")
    unknown = "\N{EN DASH}"
    frames, tracking = RateMeter(), RateMeter()
    figures = Figures(Page(), Strings(), frames, tracking)

    def written(now_ms, peer=None):
        figures.step(now_ms, peer)
        return [by_id(f"figure-{name}").textContent for name in names]

    frames.tick(980.0)
    frames.tick(1000.0)
    tracking.tick(900.0)
    tracking.tick(1000.0)
    assert written(1000.0) == [unknown] * 6
    by_id("details-panel").open = True
    assert written(1000.0) == ["50", "10", *[unknown] * 4]
    frames.tick(1005.0)
    assert written(1400.0)[0] == "50"
    assert written(1500.0)[0] == "80"

    stats = RemoteStats(
        frames=75,
        dropped={},
        lost=25,
        bytes_per_frame=61.6,
        rtt_ms=None,
        offset_ms=None,
        delay_ms=41.2,
        jitter_ms=3.0,
        latency_ms=None,
        controls_refused=0,
        expressions_refused=0,
    )
    assert written(2000.0, SimpleNamespace(stats=stats))[2:] == ["62", unknown, "41 ms", "25.0 %"]


@run_in_pyodide
async def test_picker_draws_every_character_and_tells_the_choice_when_one_is_picked(selenium):
    import js
    from testbed.hearing import Hearing
    from testbed.markup import markup, pixels

    from persona_core.drawn.characters import CHARACTERS
    from persona_web.bridge.graphics.canvas import DrawingCanvas
    from persona_web.bridge.page import Page, Strings
    from persona_web.bridge.site import Site
    from persona_web.ui.look.character_picker import CharacterPicker

    site, hearing = Site(), Hearing()
    home = (await site.fetch_bytes("home/index.html")).decode()
    parsed = js.DOMParser.new().parseFromString(home, "text/html")
    parts = [parsed.getElementById(name).outerHTML for name in ("characters", "character-card")]
    module = await site.load("view/js/canvas2d.js")
    canvases = []

    def make_canvas(element):
        element.node.style.width, element.node.style.height = "60px", "80px"
        canvases.append(DrawingCanvas(module, element))
        return canvases[-1]

    with markup("".join(parts)) as node:
        picker = CharacterPicker(Page(), Strings(), make_canvas, CHARACTERS[2].key, hearing.note)
        picker.draw(0.0)
        cards = list(node.querySelectorAll("label"))
        names = [card.querySelector(".character-name").textContent for card in cards]
        inputs = [card.querySelector("input") for card in cards]
        pictures = [pixels(card.querySelector("canvas")) for card in cards]
        checked = [radio.checked for radio in inputs]
        inputs[4].click()
        for canvas in canvases:
            canvas.close()

    assert names == [Strings().text(f"character.{one.key}") for one in CHARACTERS]
    assert checked == [number == 2 for number in range(len(CHARACTERS))]
    assert all(picture.any() for picture in pictures)
    assert hearing.events == [(CHARACTERS[4],)]
