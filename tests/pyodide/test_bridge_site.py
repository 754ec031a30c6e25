"""What the boot script hands to Python."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_pyodide import run_in_pyodide
from tests.support.pyodide_page import PageRunner


@pytest.fixture(autouse=True)
def own_site_data(selenium: PageRunner) -> Iterator[None]:
    """What a test sets is gone after it."""
    selenium.run_js("globalThis.shipped = { ...virtualpersona.config, root: virtualpersona.root }")
    yield
    selenium.run_js(
        "({ root: virtualpersona.root, ...virtualpersona.config } = shipped);"
        "testbed.panel.hideNotice(); testbed.failures.length = 0;"
    )


@run_in_pyodide
def test_site_finds_its_files_when_it_lies_below_a_path(selenium):
    import js

    from persona_web.bridge.site import Site

    js.virtualpersona.root = "https://example.org/some/path/"
    site = Site()

    assert site.root == "https://example.org/some/path/"
    assert site.address("vendor/models/a.task") == f"{site.root}vendor/models/a.task"
    code = str(js.virtualpersona.assets.code)
    assert (
        site.web_address("bridge/network/rtc.js") == f"{site.root}{code}web/bridge/network/rtc.js"
    )


@run_in_pyodide
def test_site_takes_the_signaling_server_beside_it_when_none_is_configured(selenium):
    import js

    from persona_web.bridge.site import Site

    urls = []
    for root in ("http://127.0.0.1:8000/", "https://http.example/http/"):
        js.virtualpersona.root = root
        urls.append(Site().signaling_url)

    assert urls == ["ws://127.0.0.1:8000/signal", "wss://http.example/http/signal"]


@run_in_pyodide
def test_site_takes_the_configured_servers_when_there_are_any(selenium):
    import js

    from persona_web.bridge.site import Site

    site = Site()
    assert site.ice_servers == []
    js.virtualpersona.config.signaling = "wss://signal.example/"
    js.virtualpersona.config.iceServers = js.JSON.parse(
        '[{"urls": ["turn:turn.example"], "username": "u", "credential": "c"}]'
    )

    assert site.signaling_url == "wss://signal.example/"
    assert site.ice_servers == [{"urls": ["turn:turn.example"], "username": "u", "credential": "c"}]


@run_in_pyodide
async def test_site_fetches_bytes_or_says_which_file_cannot_be_had_when_asked(selenium):
    import json

    import pytest

    from persona_web.bridge.site import Site

    site = Site()
    assert "wheel" in json.loads(await site.fetch_bytes("assets.json"))
    with pytest.raises(OSError, match=r"no/such\.file: HTTP 404"):
        await site.fetch_bytes("no/such.file")
    with pytest.raises(OSError, match="away"):
        await site.fetch_bytes("http://127.0.0.1:9/away")  # nobody listens there


@run_in_pyodide
def test_site_shows_and_takes_back_a_notice_when_python_has_something_to_say(selenium):
    import js

    from persona_web.bridge.site import Site

    site = Site()
    notice = js.document.getElementById("notice-text")
    site.notify("The server is away.")
    assert notice.textContent == "The server is away."
    site.unnotify()
    assert notice.textContent == ""


@run_in_pyodide
async def test_notice_follows_the_language_and_is_not_said_twice_in_the_same(selenium):
    import asyncio

    import js
    from pyodide.ffi import create_once_callable

    from persona_web.base.sentence import joined
    from persona_web.bridge.page import Strings
    from persona_web.bridge.site import Site

    site, strings = Site(), Strings()
    notice, action = (js.document.getElementById(f"notice-{name}") for name in ("text", "action"))
    select = js.document.getElementById("language")

    async def speak(language):
        spoken = asyncio.get_running_loop().create_future()
        heard = create_once_callable(lambda _event: spoken.set_result(None))
        js.addEventListener("virtualpersona:language", heard, once=True)
        select.value = language
        select.dispatchEvent(js.Event.new("change"))
        await spoken

    first = strings.text("late.not-loaded", what=strings.text("emotion.heading"))
    site.notify(joined(first, strings.text("error.peer-newer")), strings.text("people.mute-now"))
    english = (notice.textContent, action.textContent)
    js.eval(
        "globalThis.written = 0; new MutationObserver((all) => { written += all.length; })"
        ".observe(document.getElementById('notice-text'), { childList: true })"
    )
    js.dispatchEvent(js.CustomEvent.new("virtualpersona:language"))
    await asyncio.sleep(0.05)
    said_again = js.written
    await speak("ko")
    korean = (notice.textContent, action.textContent)
    again = strings.text("late.not-loaded", what=strings.text("emotion.heading"))
    expected = (f"{again} {strings.text('error.peer-newer')}", strings.text("people.mute-now"))
    site.unnotify()
    await speak("en")

    assert said_again == 0
    assert english[0].startswith(str(first))
    assert korean == expected
    assert korean[0] != english[0]
    assert notice.textContent == "", "what was taken back stays so"


@run_in_pyodide
def test_site_tells_when_steps_were_reached_when_asked(selenium):
    import js

    from persona_web.bridge.site import Site

    timings = Site().timings
    assert type(timings) is dict
    assert 0 < timings["html"] < js.performance.now()
