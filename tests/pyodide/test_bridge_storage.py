"""Strings kept between visits, in a willing, a full and a forbidden ``localStorage``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_pyodide import run_in_pyodide
from tests.support.pyodide_page import PageRunner

# What browsers do where the person forbids storage, and what others (Android's WebView, Firefox
# with dom.storage off) do: reading the property throws, or it is null.
FORBIDDEN = {
    "throws": "() => { throw new DOMException('The operation is insecure.', 'SecurityError'); }",
    "null": "() => null",
}


@pytest.fixture(autouse=True)
def empty_store(selenium: PageRunner) -> Iterator[None]:
    selenium.run_js("localStorage.clear()")
    yield
    selenium.run_js("localStorage.clear()")


@pytest.fixture(params=FORBIDDEN.values(), ids=list(FORBIDDEN))
def forbidden_store(selenium: PageRunner, request: pytest.FixtureRequest) -> Iterator[None]:
    selenium.run_js(
        f"""
        globalThis.willing = Object.getOwnPropertyDescriptor(globalThis, "localStorage");
        Object.defineProperty(globalThis, "localStorage", {{ ...willing, get: {request.param} }});
        """
    )
    yield
    selenium.run_js('Object.defineProperty(globalThis, "localStorage", willing)')


@run_in_pyodide
def test_storage_gives_back_what_it_was_given_when_asked_again(selenium):
    import js

    from persona_web.bridge.storage import BrowserStorage

    for value in ("camera", "", "안녕 \N{GRINNING FACE}", "null", "x" * 100_000):
        assert BrowserStorage().set("source", value) is True
        assert BrowserStorage().get("source") == value
    assert js.localStorage.length == 1
    assert js.localStorage.key(0) == "vp.source"


@run_in_pyodide
def test_storage_gives_none_when_nothing_was_kept(selenium):
    from persona_web.bridge.storage import BrowserStorage

    storage = BrowserStorage()
    storage.set("source", "demo")
    storage.remove("source")
    storage.remove("never-there")

    assert storage.get("source") is None
    assert storage.get("never-there") is None


@run_in_pyodide
def test_storage_keeps_what_it_had_when_the_platform_has_no_room(selenium):
    from persona_web.bridge.storage import BrowserStorage

    storage = BrowserStorage()
    assert storage.set("character", "haneul")

    assert storage.set("character", "x" * 6_000_000) is False

    assert storage.get("character") == "haneul"


@run_in_pyodide
def test_storage_forgets_without_raising_when_the_platform_forbids_it(selenium, forbidden_store):
    from persona_web.bridge.storage import BrowserStorage

    storage = BrowserStorage()

    assert storage.set("source", "demo") is False
    assert storage.get("source") is None
    assert storage.remove("source") is None
