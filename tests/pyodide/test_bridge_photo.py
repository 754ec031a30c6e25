"""Photos become portraits by the real face model, in a worker of its own."""

from __future__ import annotations

from pytest_pyodide import run_in_pyodide


@run_in_pyodide
async def test_reader_makes_a_portrait_when_a_photo_shows_one_face(selenium):
    from testbed.photos import face_width, misplaced, officer, photo, photo_reader

    from persona_core.portrait.making.photo import Note
    from persona_core.portrait.portrait import MAX_BYTES, Portrait
    from persona_web.bridge.files.photo_reader import SEGMENTER
    from persona_web.bridge.site import Site

    original = await officer()
    taken = await photo((1400, 1100), [(300, 100, 900)])
    async with photo_reader() as reader:
        portrait = await reader.read(taken)
        notes = reader.notes
    assert max(portrait.width, portrait.height) <= 1024
    assert misplaced(portrait, original) < 0.01
    assert 0.25 < face_width(portrait) / portrait.width < 0.6
    assert len(portrait.to_bytes()) <= MAX_BYTES
    assert Portrait.from_bytes(portrait.to_bytes()).width == portrait.width
    if Site().has(SEGMENTER):
        assert notes == ()
        rows, columns = portrait.matte.shape
        nose = portrait.landmarks[4]
        at = int(nose[1] * rows / portrait.height), int(nose[0] * columns / portrait.width)
        assert portrait.matte[at] > 200
        assert portrait.matte[2, 2] < 50
    else:
        assert notes == (Note.NO_MATTE,)


@run_in_pyodide
async def test_reader_turns_a_photo_upright_when_its_camera_says_how(selenium):
    from testbed.photos import misplaced, officer, photo, photo_reader, with_orientation

    lying = await photo((900, 1000), [(100, 100, 700)], quarter_turn=True)
    async with photo_reader() as reader:
        portrait = await reader.read(with_orientation(lying, 6))
    assert misplaced(portrait, await officer()) < 0.01


@run_in_pyodide
async def test_reader_copes_when_a_photo_has_20_megapixels(selenium):
    from testbed.photos import misplaced, officer, photo, photo_reader

    large = await photo((5200, 3900), [(1500, 600, 2400)])
    async with photo_reader() as reader:
        portrait = await reader.read(large)
    assert max(portrait.width, portrait.height) == 1024
    assert misplaced(portrait, await officer()) < 0.01


@run_in_pyodide
async def test_reader_says_why_and_reads_on_when_photos_are_no_portraits(selenium):
    from testbed.photos import officer, photo, photo_reader, refusal

    width = (await officer()).width
    nobody = await photo((640, 480), [])
    crowd = await photo((1600, 800), [(50, 50, 700), (850, 50, 700)])
    far_away = await photo((480, 360), [(150, 100, 0.38 * width)])
    cut_off = await photo((600, 600), [(-330, 0, 900)])
    good = await photo((900, 900), [(50, 50, 800)], "image/webp")
    async with photo_reader() as reader:
        codes = [await refusal(reader, taken) for taken in (nobody, crowd, far_away, cut_off)]
        assert codes == [
            "photo-no-face",
            "photo-several-faces",
            "photo-tiny-face",
            "photo-cut-off",
        ]
        for junk in (b"", b"GIF8", b"\xff\xd8\xff" + bytes(500), good[:200]):
            assert await refusal(reader, junk) == "photo-corrupt"
        assert await refusal(reader, good) == ""


@run_in_pyodide
async def test_reader_takes_no_notice_of_a_bystander_when_one_face_is_much_larger(selenium):
    from testbed.photos import misplaced, officer, photo, photo_reader

    street = await photo((1500, 1000), [(50, 50, 900), (1150, 500, 320)])
    async with photo_reader() as reader:
        portrait = await reader.read(street)
    assert misplaced(portrait, await officer()) < 0.01


@run_in_pyodide
async def test_reader_refuses_unseen_when_a_file_is_too_large(selenium):
    from testbed.photos import photo, photo_reader, refusal

    from persona_web.bridge.files import photo_reader as module

    taken = await photo((900, 900), [(50, 50, 800)])
    limits = module.MAX_FILE_BYTES, module.MAX_PIXELS
    async with photo_reader() as reader:
        try:
            module.MAX_FILE_BYTES = len(taken) - 1
            assert await refusal(reader, taken) == "photo-too-large"
            module.MAX_FILE_BYTES, module.MAX_PIXELS = limits[0], 900 * 900 - 1
            assert await refusal(reader, taken) == "photo-too-large"
        finally:
            module.MAX_FILE_BYTES, module.MAX_PIXELS = limits


@run_in_pyodide
async def test_reader_takes_a_file_and_a_bitmap_when_the_page_has_those(selenium):
    import js
    from testbed.photos import misplaced, officer, photo, photo_reader

    original = await officer()
    taken = await photo((900, 900), [(50, 50, 800)])
    data = js.Uint8Array.new(len(taken))
    data.assign(taken)
    file = js.File.new([data], "me.jpg")
    bitmap = await js.createImageBitmap(file)
    async with photo_reader() as reader:
        for shown in (file, bitmap):
            assert misplaced(await reader.read(shown), original) < 0.01
    assert bitmap.width == 900  # what belongs to the page stays the page's
    bitmap.close()


@run_in_pyodide
async def test_reader_says_failed_when_its_model_is_missing(selenium):
    from testbed.ownership import counted
    from testbed.photos import photo, photo_reader, refusal
    from testbed.studios import missing_model

    taken = await photo((900, 900), [(50, 50, 800)])
    with missing_model():
        async with photo_reader() as reader:
            assert await refusal(reader, taken) == "photo-failed"
            assert await refusal(reader, taken) == "photo-failed"
    with counted() as held:
        async with photo_reader() as reader:
            await reader.read(taken)
    assert not held.places
