"""Elements, the page and its sentences."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_pyodide import run_in_pyodide
from tests.support.clipboard import pasted
from tests.support.pyodide_page import PageRunner, SetPermission


@pytest.fixture
def hashless(selenium: PageRunner) -> Iterator[None]:
    yield
    selenium.run_js('history.replaceState(null, "", location.pathname)')


@pytest.fixture
def english(selenium: PageRunner) -> Iterator[None]:
    """Whatever a test speaks, the next one hears English."""
    yield
    selenium.run_js("await (await import('../i18n.js')).setLanguage('en')")


@run_in_pyodide
def test_page_names_the_id_when_it_has_no_such_element(selenium):
    import pytest
    from testbed.markup import markup

    from persona_web.bridge.page import Page

    page = Page()
    with pytest.raises(LookupError, match="#nowhere"):
        page.element("nowhere")
    with markup('<p id="somewhere"><b>deep</b></p>'):
        element = page.element("somewhere")
        assert element.find("b").text == "deep"
        with pytest.raises(LookupError, match=r"\.nothing"):
            element.find(".nothing")


@run_in_pyodide
def test_element_touches_the_page_only_when_something_changes(selenium):
    import js
    from pyodide.ffi import create_proxy, to_js
    from testbed.markup import markup

    from persona_web.bridge.page import Page

    page = Page()
    ignore = create_proxy(lambda *_: None)
    observer = js.MutationObserver.new(ignore)
    everything = {"subtree": True, "childList": True, "characterData": True, "attributes": True}
    options = to_js(everything, dict_converter=js.Object.fromEntries)

    def show(element, text, state, hidden):
        element.text = text
        element.set("data-state", state)
        element.hidden = hidden
        return observer.takeRecords().length

    with markup('<p id="status">waiting</p>') as node:
        observer.observe(node, options)
        status = page.element("status")
        changes = [
            show(status, "waiting", "idle", False),
            show(status, "waiting", "idle", False),
            show(status, "connected", "good", True),
            show(status, "connected", "good", True),
        ]
        assert (status.text, status.hidden) == ("connected", True)
        assert status.node.getAttribute("data-state") == "good"
    observer.disconnect()
    ignore.destroy()

    assert changes == [1, 0, 3, 0]


@run_in_pyodide
def test_element_hears_an_event_instead_of_the_page_when_it_happens(selenium):
    import js
    from testbed.hearing import Hearing
    from testbed.markup import markup

    from persona_web.bridge.page import Page

    page, hearing = Page(), Hearing()
    here = str(js.location.href)
    with markup(
        '<a id="link" href="../elsewhere/">away</a>'
        '<form id="form" action="../elsewhere/"><button id="submit">Go</button></form>'
    ):
        page.element("link").on("click", lambda: hearing.note("clicked"))
        page.element("form").on("submit", lambda: hearing.note("submitted"))
        page.element("link").node.click()
        page.element("submit").node.click()

    assert hearing.events == [("clicked",), ("submitted",)]
    assert str(js.location.href) == here


@run_in_pyodide
def test_element_hears_a_change_without_stopping_it_when_a_choice_is_made(selenium):
    from testbed.hearing import Hearing
    from testbed.markup import markup

    from persona_web.bridge.page import Page

    page, hearing = Page(), Hearing()
    with markup('<input type="radio" name="n" id="one"><input type="radio" name="n" id="two">'):
        for name in ("one", "two"):
            page.element(name).value = name
            page.element(name).on_change(lambda name=name: hearing.note(name))
        page.element("two").node.click()
        page.element("one").node.click()
        assert page.element("one").node.checked
        assert page.element("one").value == "one"

    assert hearing.events == [("two",), ("one",)]


@run_in_pyodide
def test_element_becomes_usable_when_it_is_enabled(selenium):
    from testbed.markup import markup

    from persona_web.bridge.page import Page

    with markup('<button id="go" aria-disabled="true">Go</button>'):
        button = Page().element("go")
        button.enabled = False
        assert not button.enabled
        button.enabled = True
        assert button.enabled
        assert not button.node.hasAttribute("aria-disabled")


@run_in_pyodide
def test_element_takes_the_focus_and_selects_when_told_to(selenium):
    import js
    from testbed.markup import markup

    from persona_web.bridge.page import Page

    with markup('<input id="link" value="https://example.org/">'):
        link = Page().element("link")
        link.focus()
        link.select()
        assert js.document.activeElement.id == "link"
        assert (link.node.selectionStart, link.node.selectionEnd) == (0, len(link.value))


@run_in_pyodide
def test_template_gives_independent_copies_when_it_is_cloned(selenium):
    from testbed.markup import markup

    from persona_web.bridge.page import Page

    page = Page()
    with markup(
        '<template id="card"><p class="card"><b></b></p></template><div id="grid">old</div>'
    ):
        grid = page.element("grid")
        grid.clear()
        for name in ("haneul", "jun"):
            card = page.clone("card")
            card.find("b").text = name
            grid.append(card)
        heading = page.create("h3")
        heading.text = "two"
        grid.append(heading)
        assert grid.node.innerHTML == (
            '<p class="card"><b>haneul</b></p><p class="card"><b>jun</b></p><h3>two</h3>'
        )


@run_in_pyodide
async def test_page_hears_of_another_fragment_when_the_address_changes(selenium, hashless):
    import js
    from testbed.hearing import Hearing

    from persona_web.bridge.page import Page

    page, hearing = Page(), Hearing()
    assert page.fragment == ""
    page.on_fragment(lambda: hearing.note("fragment", page.fragment))
    js.location.hash = "room=abc&key=xyz"

    assert await hearing.hear("fragment") == "#room=abc&key=xyz"
    assert page.address == str(js.location.href)


@run_in_pyodide
def test_page_hears_of_its_going_and_coming_when_the_browser_keeps_it(selenium):
    import js
    from testbed.hearing import Hearing

    from persona_web.bridge.page import Page

    page, hearing = Page(), Hearing()
    page.on_leave(lambda: hearing.note("left"))
    page.on_return(lambda: hearing.note("returned"))
    for event, persisted in (("pageshow", False), ("pagehide", True), ("pageshow", True)):
        options = js.Object.fromEntries([["persisted", persisted]])
        js.window.dispatchEvent(js.PageTransitionEvent.new(event, options))

    assert hearing.events == [("left",), ("returned",)]


@run_in_pyodide
def listen_for_the_network(selenium):
    import testbed
    from testbed.hearing import Hearing

    from persona_web.bridge.network.call_ports import Network

    testbed.kept["network"] = hearing = Hearing()
    Network(lambda: hearing.note("online"))


@run_in_pyodide
async def heard_of_the_network(selenium):
    import testbed

    hearing = testbed.kept.pop("network")
    await hearing.hear("online")
    return hearing.events


def test_network_is_told_of_when_it_comes_back(selenium: PageRunner) -> None:
    listen_for_the_network(selenium)

    selenium.driver.context.set_offline(True)
    selenium.driver.context.set_offline(False)

    assert heard_of_the_network(selenium) == [("online",)]


@run_in_pyodide
def test_function_can_be_called_from_the_console_when_it_is_published(selenium):
    import js

    from persona_web.bridge.page import Page

    Page().publish("answer", lambda: '{"answer": 42}')

    assert js.eval("virtualpersona.answer()") == '{"answer": 42}'


@run_in_pyodide
async def copied(selenium, text):
    from persona_web.bridge.page import Page

    return await Page().copy(text)


@pytest.mark.parametrize(("setting", "succeeds"), [("granted", True), ("denied", False)])
def test_page_says_whether_text_was_copied_when_the_platform_allows_or_forbids_it(
    selenium: PageRunner, permissions: SetPermission, setting: str, succeeds: bool
) -> None:
    permissions("clipboard-write", setting)

    assert copied(selenium, f"a link, {setting}") is succeeds

    assert (pasted(selenium.driver) == f"a link, {setting}") is succeeds


@run_in_pyodide
def test_strings_fill_in_values_when_a_sentence_has_places(selenium):
    from persona_web.bridge.page import Strings

    assert Strings().text("figure.milliseconds", value="12") == "12 ms"


@run_in_pyodide
def test_strings_fall_back_when_a_key_is_unknown(selenium):
    from persona_web.bridge.page import Strings

    strings = Strings()
    assert strings.text("error.from-a-newer-server") == strings.text("error.internal")
    assert strings.text("error.from-a-newer-server") != "error.internal"
    assert strings.text("no.such-key") == "no.such-key"


@run_in_pyodide
async def test_strings_speak_another_language_when_the_person_switches(selenium, english):
    import js
    from testbed.hearing import Hearing

    from persona_web.bridge.page import Page, Strings

    page, strings, hearing = Page(), Strings(), Hearing()
    page.on_language(lambda: hearing.note("switched", strings.text("error.camera-refused")))
    before = strings.text("error.camera-refused")
    i18n = await js.virtualpersona.load(f"{js.virtualpersona.root}i18n.js")
    await i18n.setLanguage("ko")

    assert await hearing.hear("switched") != before
    assert strings.text("error.camera-refused") == hearing.all("switched")[0]
