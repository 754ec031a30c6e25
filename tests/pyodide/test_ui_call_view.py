"""What the room page says of a call, on the room's own HTML."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_pyodide import run_in_pyodide
from tests.support.pyodide_page import PageRunner

pytestmark = pytest.mark.usefixtures("fresh_room")

# CallScene, state of the status line, whether the peer is on the stage, title of the overlay.
SCENES = [
    ("INVITED", "waiting", "false", None),
    ("WAITING", "waiting", "false", "room.alone-title"),
    ("CONNECTING", "connecting", "false", "room.connecting-title"),
    ("GOOD", "good", "true", None),
    ("POOR", "poor", "true", None),
    ("RECONNECTING", "reconnecting", "true", None),
    ("LOST", "lost", "false", "room.lost-title"),
    ("UNREACHABLE", "lost", "false", "room.unreachable-title"),
    ("ENDED", "ended", "false", None),
]


@pytest.fixture
def english(selenium: PageRunner) -> Iterator[None]:
    """Whatever a test speaks, the next one hears English."""
    yield
    selenium.run_js("await (await import('../i18n.js')).setLanguage('en')")


@pytest.mark.parametrize(("name", "state", "present", "title"), SCENES)
@run_in_pyodide
def test_call_view_says_one_thing_when_the_scene_changes(selenium, name, state, present, title):
    from testbed.rooms import by_id, call_view, shown

    from persona_web.bridge.page import Strings
    from persona_web.ui.call.call_view import CallScene

    view, _hearing = call_view()
    text = Strings().text
    view.show(CallScene[name])

    assert by_id("call-status").textContent == text(f"status.{CallScene[name].value}")
    assert by_id("call-status").dataset.state == state
    assert by_id("peers").dataset.present == present
    assert shown("peer-overlay") == (title is not None)
    if title:
        assert by_id("peer-title").textContent == text(title)
    assert shown("invite") == (name == "WAITING")
    assert shown("leave") == (name not in ("INVITED", "ENDED"))
    assert shown("invited") == (name == "INVITED")
    assert shown("ended") == (name == "ENDED")
    assert not shown("problem")


@run_in_pyodide
def test_call_view_says_that_the_other_left_when_one_waits_after_company(selenium):
    from testbed.rooms import by_id, call_view

    from persona_web.bridge.page import Strings
    from persona_web.ui.call.call_view import CallScene

    view, _hearing = call_view()
    titles = []
    for scene in (CallScene.WAITING, CallScene.CONNECTING, CallScene.GOOD, CallScene.WAITING):
        view.show(scene)
        titles.append(by_id("peer-title").textContent)
    view.show(CallScene.STARTING)
    view.set_link("https://example.org/#another-room")
    view.show(CallScene.WAITING)

    text = Strings().text
    assert (titles[0], titles[-1]) == (text("room.alone-title"), text("room.left-title"))
    assert by_id("peer-title").textContent == text("room.alone-title")


@run_in_pyodide
def test_call_view_leads_the_keyboard_to_the_way_back_when_the_call_ends(selenium):
    import js
    from testbed.rooms import by_id, call_view, shown

    from persona_web.bridge.page import Strings
    from persona_web.ui.call.call_view import CallScene

    view, _hearing = call_view()
    view.show(CallScene.GOOD)
    view.show(CallScene.ENDED)
    assert js.document.activeElement.id == "rejoin"

    view.show(CallScene.STARTING)
    view.show(CallScene.ENDED, "room-full")
    assert js.document.activeElement.id == "problem-action"
    assert by_id("problem-text").textContent == Strings().text("error.room-full")
    assert shown("problem")
    assert not shown("ended")


@run_in_pyodide
def test_call_view_asks_for_what_its_buttons_say_when_they_are_pressed(selenium):
    from testbed.rooms import by_id, call_view

    from persona_web.ui.call.call_view import CallScene

    view, hearing = call_view()
    view.show(CallScene.WAITING)
    view.set_link("https://example.org/#room=abc&key=xyz")
    assert by_id("invite-link").value == "https://example.org/#room=abc&key=xyz"
    for name in ("leave", "rejoin", "problem-action"):
        by_id(name).click()

    assert hearing.events == [("leave",), ("rejoin",), ("rejoin",)]


@run_in_pyodide
async def test_call_view_speaks_the_other_language_when_the_person_switches(selenium, english):
    import js
    from testbed.rooms import by_id, call_view

    from persona_web.bridge.page import Strings
    from persona_web.ui.call.call_view import CallScene

    view, _hearing = call_view()
    view.show(CallScene.WAITING)
    before = by_id("peer-title").textContent
    i18n = await js.virtualpersona.load(f"{js.virtualpersona.root}i18n.js")
    await i18n.setLanguage("ko")

    assert by_id("peer-title").textContent == Strings().text("room.alone-title") != before
    assert by_id("call-status").textContent == Strings().text("status.waiting")
