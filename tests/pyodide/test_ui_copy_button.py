"""Copying a field, where the platform allows it and where it does not."""

from __future__ import annotations

import pytest
from pytest_pyodide import run_in_pyodide
from tests.support.clipboard import pasted
from tests.support.pyodide_page import PageRunner, SetPermission

pytestmark = pytest.mark.usefixtures("fresh_room")


@run_in_pyodide
async def press_copy_link(selenium):
    """Presses the button; gives what is said, what has the focus and what is selected."""
    import asyncio

    import js
    from testbed.rooms import by_id

    from persona_web.bridge.page import Page, Strings
    from persona_web.bridge.site import Site
    from persona_web.ui.copy_button import CopyButton

    page = Page()
    field = page.element("invite-link")
    by_id("peer-overlay").hidden = False
    button = CopyButton(
        Site(),
        page,
        Strings(),
        "copy-link",
        "invite-link",
        copied="room.link-copied",
        failed="error.clipboard-failed",
        refresh=lambda: setattr(field, "value", "a fresh link"),
    )
    by_id("copy-link").click()
    await asyncio.gather(*button._background._tasks)
    node = field.node
    selected = node.value[node.selectionStart : node.selectionEnd]
    return by_id("notice-text").textContent, js.document.activeElement.id, selected


def test_copy_button_copies_the_fresh_text_when_the_platform_allows_it(
    selenium: PageRunner, permissions: SetPermission
) -> None:
    permissions("clipboard-write", "granted")

    said, _, _ = press_copy_link(selenium)

    assert said == selenium.run_js("return virtualpersona.strings['room.link-copied']")
    assert pasted(selenium.driver) == "a fresh link"


def test_copy_button_selects_the_text_when_the_platform_forbids_copying(
    selenium: PageRunner, permissions: SetPermission
) -> None:
    permissions("clipboard-write", "denied")

    said, focused, selected = press_copy_link(selenium)

    assert said == selenium.run_js("return virtualpersona.strings['error.clipboard-failed']")
    assert focused == "invite-link"
    assert selected == "a fresh link"
