"""What the wizard needs of the browser: pixels, films, a dialog that keeps what it holds."""

from __future__ import annotations

import pytest
from pytest_pyodide import run_in_pyodide


@run_in_pyodide
async def test_codec_gives_back_what_it_was_given_when_it_encodes_pixels(selenium):
    import numpy as np

    from persona_core.portrait.file.image_header import image_size, image_type
    from persona_web.bridge.files.pixels import PixelCodec
    from persona_web.bridge.site import Site

    codec = await PixelCodec.load(Site())
    rows, columns = np.mgrid[:48, :80]
    pixels = np.stack([rows * 5, columns * 3, np.full_like(rows, 90)], axis=-1).astype(np.uint8)
    image = await codec.encode(pixels, 0.95)
    assert image_type(image) in ("image/webp", "image/jpeg")
    assert image_size(image) == (80, 48)
    again = await codec.decode(image)
    assert again.shape == (48, 80, 3)
    assert np.abs(again.astype(int) - pixels).mean() < 4.0
    small = await codec.encode(pixels, 0.1)
    assert len(small) < len(image)


@run_in_pyodide
async def test_codec_says_so_when_an_image_is_broken(selenium):
    from persona_core.errors import PhotoError
    from persona_web.bridge.files.pixels import PixelCodec
    from persona_web.bridge.site import Site

    codec, code = await PixelCodec.load(Site()), ""
    try:
        await codec.decode(b"\xff\xd8\xff no picture")
    except PhotoError as error:
        code = error.code
    assert code == "photo-corrupt"


@run_in_pyodide
async def test_thumbnail_is_the_middle_of_a_picture(selenium):
    import js
    from testbed.photos import officer

    from persona_core.portrait.file.image_header import image_size
    from persona_web.bridge.files.pixels import THUMBNAIL_SIDE, PixelCodec
    from persona_web.bridge.site import Site

    portrait = await officer()
    data = js.Uint8Array.new(len(portrait.image))
    data.assign(portrait.image)
    bitmap = await js.createImageBitmap(js.Blob.new([data]))
    codec = await PixelCodec.load(Site())
    assert image_size(await codec.thumbnail(bitmap)) == (THUMBNAIL_SIDE, THUMBNAIL_SIDE)
    assert image_size(await codec.picture(bitmap)) == (portrait.width, portrait.height)
    assert codec.of_bitmap(bitmap).shape == (portrait.height, portrait.width, 3)


@run_in_pyodide
async def test_reader_sees_a_turned_face_only_where_it_may_be_turned(selenium):
    from testbed.photos import officer, photo, photo_reader

    from persona_core.errors import PhotoError

    taken = await photo((1400, 1100), [(300, 100, 900)])
    original = await officer()
    async with photo_reader() as reader:
        seen = await reader.see(taken)
        width, height = seen.picture.width, seen.picture.height
        seen.picture.close()
        try:
            await reader.see(taken, 0.1)
        except PhotoError as error:
            refused = error.code
    assert max(width, height) <= 896
    assert refused == "photo-profile"
    assert seen.face.landmarks.shape == original.landmarks.shape
    assert 0.0 < seen.face.box[0] < seen.face.box[0] + seen.face.box[2] < width


@run_in_pyodide
async def test_dialog_asks_before_it_goes_when_escape_is_pressed(selenium):
    import js
    from testbed.hearing import Hearing
    from testbed.markup import markup

    from persona_web.bridge.dialog import Dialog
    from persona_web.bridge.page import Page
    from persona_web.bridge.site import Site

    hearing = Hearing()
    with markup("<button id=before>x</button><dialog id=d><button>y</button></dialog>") as node:
        page = Page()
        button = page.element("before")
        button.focus()
        dialog = Dialog(page.element("d"), lambda: hearing.note("escape"))
        dialog.open()
        assert node.querySelector("dialog").contains(js.document.activeElement)
        options = {"key": "Escape", "bubbles": True, "cancelable": True}
        js.document.activeElement.dispatchEvent(
            js.KeyboardEvent.new("keydown", Site.to_object(options))
        )
        await hearing.hear("escape")
        assert node.querySelector("dialog").open
        node.querySelector("dialog").close()  # as a browser may that does not ask
        await hearing.hear("escape", times=2)
        assert node.querySelector("dialog").open
        dialog.close()
        assert not node.querySelector("dialog").open
        assert button.focused


@run_in_pyodide
async def test_dialog_stays_when_it_is_opened_again_before_its_closing_is_told(selenium):
    from testbed.hearing import Hearing
    from testbed.markup import markup

    from persona_web.bridge.dialog import Dialog
    from persona_web.bridge.page import Page

    hearing = Hearing()
    with markup("<dialog id=d><button>y</button></dialog>") as node:
        element = Page().element("d")
        dialog = Dialog(element, lambda: hearing.note("escape"))
        element.on("close", lambda: hearing.note("closed"))
        dialog.open()
        dialog.close()
        dialog.open()
        await hearing.hear("closed")
        assert node.querySelector("dialog").open
        assert hearing.events == [("closed",)]
        dialog.close()


@run_in_pyodide
async def test_part_is_added_once_in_the_pages_language(selenium):
    import js

    from persona_web.bridge.late_part import add_part
    from persona_web.bridge.page import Strings
    from persona_web.bridge.site import Site

    await add_part(Site(), "wizard")
    dialog = js.document.getElementById("wizard")
    link = js.document.querySelector("link[href$='styles/wizard.css']")
    try:
        assert dialog.querySelector("h2").textContent == Strings().text("wizard.title")
        assert Strings().text("wizard.title") != "wizard.title"
        assert link.sheet.cssRules.length > 20
    finally:
        dialog.remove()
        link.remove()


@run_in_pyodide
async def missing_part(selenium):
    from persona_web.bridge.late_part import add_part
    from persona_web.bridge.site import Site

    await add_part(Site(), "nowhere")


def test_part_that_cannot_be_fetched_is_told_when_it_is_wanted(selenium):
    with pytest.raises(OSError, match="nowhere"):
        missing_part(selenium)
