"""The step before a room, on the room's own HTML."""

from __future__ import annotations

import pytest
from pytest_pyodide import run_in_pyodide

pytestmark = pytest.mark.usefixtures("fresh_room")

SHARED = [
    (True, True, "invited.face-and-voice"),
    (True, False, "invited.face"),
    (False, True, "invited.voice"),
    (False, False, "invited.character"),
]


@pytest.mark.parametrize(("camera", "microphone", "key"), SHARED)
@run_in_pyodide
def test_panel_says_what_joining_shares_when_it_asks(selenium, camera, microphone, key):
    from testbed.rooms import by_id, join_panel

    from persona_web.bridge.page import Strings

    panel, _hearing = join_panel()
    panel.ask(camera=camera, microphone=microphone)

    assert by_id("invited-detail").textContent == Strings().text(key)


@run_in_pyodide
def test_panel_leads_the_keyboard_to_joining_and_does_what_is_asked(selenium):
    import js
    from testbed.rooms import by_id, join_panel

    panel, hearing = join_panel()
    panel.ask(camera=True, microphone=False)
    focused = js.document.activeElement.id
    by_id("join").click()
    by_id("join-without").click()

    assert focused == "join"
    assert hearing.events == [("join",), ("join_without",)]


@run_in_pyodide
async def test_panel_speaks_the_other_language_when_the_person_switches(selenium):
    import js
    from testbed.rooms import by_id, join_panel

    from persona_web.bridge.page import Strings

    panel, _hearing = join_panel()
    panel.ask(camera=False, microphone=True)
    before = by_id("invited-detail").textContent
    i18n = await js.virtualpersona.load(f"{js.virtualpersona.root}i18n.js")
    await i18n.setLanguage("ko")
    korean = by_id("invited-detail").textContent
    wanted = Strings().text("invited.voice")
    await i18n.setLanguage("en")

    assert korean == wanted != before
