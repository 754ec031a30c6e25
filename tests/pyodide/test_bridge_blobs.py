"""Bytes kept in the browser's own database, and where the platform keeps nothing."""

from __future__ import annotations

import pytest
from pytest_pyodide import run_in_pyodide

pytestmark = pytest.mark.usefixtures("fresh_room")


@run_in_pyodide
async def test_blobs_give_back_what_was_kept_when_asked_by_another(selenium):
    from persona_web.bridge.site import Site
    from persona_web.bridge.storage import BrowserBlobs

    data = bytes(range(256)) * 1600
    blobs = await BrowserBlobs.load(Site())
    assert await blobs.set("test", data)
    assert await (await BrowserBlobs.load(Site())).get("test") == data
    assert await blobs.set("test", b"")
    assert await blobs.get("test") == b""
    assert await blobs.remove("test")
    assert await blobs.get("test") is None
    assert await blobs.remove("test")


@run_in_pyodide
async def test_blobs_keep_nothing_and_say_so_when_the_platform_forbids_it(selenium):
    from pyodide.code import run_js

    from persona_web.bridge.site import Site
    from persona_web.bridge.storage import BrowserBlobs

    blobs = await BrowserBlobs.load(Site())
    run_js("""
      globalThis.openDatabase = IDBFactory.prototype.open;
      IDBFactory.prototype.open = () => { throw new DOMException("no", "SecurityError"); };
    """)
    try:
        assert not await blobs.set("test", b"data")
        assert await blobs.get("test") is None
        assert not await blobs.remove("test")
    finally:
        run_js("IDBFactory.prototype.open = openDatabase; delete globalThis.openDatabase;")
    assert await blobs.get("test") is None
