"""Portraits without a GPU: painted by a worker's CPU, and standing still."""

from __future__ import annotations

from pytest_pyodide import run_in_pyodide


@run_in_pyodide
async def test_portrait_is_painted_beside_the_page_and_moves_when_it_is_drawn(selenium):
    import numpy as np
    from testbed.drawing import RasterGraphics, easel
    from testbed.hearing import Hearing
    from testbed.markup import pixels, share_changed
    from testbed.photos import officer

    from persona_core.drawn.characters import CHARACTERS
    from persona_core.face.blendshapes import Blendshape
    from persona_core.face.params import FaceParams
    from persona_web.bridge.site import Site
    from persona_web.view.avatar import DrawnAvatar
    from persona_web.view.raster_avatar import RasterAvatar

    shapes = np.zeros(52, dtype=np.float32)
    shapes[Blendshape.JAW_OPEN] = 0.7
    hearing = Hearing()
    graphics = RasterGraphics(160, lambda ms: hearing.note("painted", ms))
    async with easel(400, 400) as (canvas, drawing):
        character = DrawnAvatar(drawing, CHARACTERS[0].style)
        character.draw(FaceParams(0.0), 0.0)
        drawn = pixels(canvas)
        avatar = await RasterAvatar.open(Site(), drawing, await officer(), graphics)
        assert (pixels(canvas) == drawn).all(), "what is seen stays until the portrait is shown"

        pictures = []
        for number, face in enumerate([FaceParams(0.0), FaceParams(0.0, blendshapes=shapes)]):
            hearing.events.clear()
            avatar.draw(face, 100.0 * number)
            await hearing.hear("painted")
            pictures.append(pixels(canvas))
        rest, speaks = pictures
        assert rest.shape == (160, 160, 4), "no more pixels than the quality says"
        assert (rest[..., 3] == 255).all()
        assert rest[..., :3].std() > 30.0
        changed = (np.abs(rest - speaks).max(axis=-1) > 24).mean(axis=1)
        assert changed[80:144].max() > 0.1  # the mouth's rows
        assert changed[:32].max() == 0.0

        avatar.close()
        character.draw(FaceParams(0.0), 0.0)
        assert share_changed(pixels(canvas), drawn) < 0.01, "the canvas is the character's again"


@run_in_pyodide
async def test_portrait_is_refused_by_the_cpu_and_the_still_when_its_image_is_damaged(selenium):
    from dataclasses import replace

    import pytest
    from testbed.drawing import RasterGraphics, easel
    from testbed.ownership import counted, settle
    from testbed.photos import officer

    from persona_core.errors import PortraitError
    from persona_web.bridge.graphics.still_picture import StillPicture
    from persona_web.bridge.site import Site
    from persona_web.view.raster_avatar import RasterAvatar

    portrait = await officer()
    cut = replace(portrait, image=portrait.image[: len(portrait.image) // 8])
    larger = replace(portrait, width=portrait.width + 1)
    site = Site()
    module = await site.load("view/js/still.js")
    graphics = RasterGraphics()
    with counted() as held:
        async with easel(64, 64) as (_canvas, drawing):
            still = StillPicture(site, module, drawing)
            for damaged in (cut, larger):
                with pytest.raises(PortraitError):
                    await RasterAvatar.open(site, drawing, damaged, graphics)
                with pytest.raises(PortraitError):
                    await still.wear(damaged)
            still.close()
        await settle()
    assert not held.places


@run_in_pyodide
async def test_set_is_painted_from_its_pictures_as_they_come_while_frames_go_on(selenium):
    from testbed.drawing import RasterGraphics, easel
    from testbed.hearing import Hearing
    from testbed.markup import pixels
    from testbed.photos import officer
    from testbed.portrait_sets import BLUE, EYES, GREEN, SHUTS, SPEAKS, coloured, expression, face

    from persona_core.portrait.expressions.expression import Region
    from persona_web.bridge.site import Site
    from persona_web.view.raster_avatar import RasterAvatar

    portrait = await officer()
    mouth = await expression(portrait, SPEAKS, (Region.MOUTH,), GREEN)
    eyes = await expression(portrait, SHUTS, EYES, BLUE)
    hearing = Hearing()
    graphics = RasterGraphics(200, lambda ms: hearing.note("painted", ms))
    shares, now_ms = [], 0.0
    async with easel(200, 200) as (canvas, drawing):
        avatar = await RasterAvatar.open(Site(), drawing, portrait, graphics)
        for further in (None, mouth, eyes):
            if further is not None:
                await avatar.add_expression(further)
            for values in ({}, SPEAKS, SHUTS):
                for _frame in range(2):  # the mix has settled in the second
                    now_ms += 5_000.0
                    hearing.events.clear()
                    avatar.draw(face(values), now_ms)
                    await hearing.hear("painted")
                picture = pixels(canvas)
                shares.append((coloured(picture, GREEN) > 0.01, coloured(picture, BLUE) > 0.01))
        drawn = avatar.expressions
        avatar.close()
    assert len(drawn) == 2
    own, speaks, shuts = (False, False), (True, False), (False, True)
    assert shares == [own, own, own, own, speaks, own, own, speaks, shuts]


@run_in_pyodide
async def test_set_goes_on_without_a_picture_when_that_is_damaged_or_too_much(selenium):
    from dataclasses import replace

    from testbed.drawing import RasterGraphics, easel
    from testbed.hearing import Hearing
    from testbed.markup import pixels
    from testbed.ownership import counted, settle
    from testbed.photos import officer
    from testbed.portrait_sets import EYES, GREEN, SPEAKS, coloured, expression, face

    from persona_core.portrait.expressions.expression import Region
    from persona_web.bridge.graphics import expression_patches
    from persona_web.bridge.site import Site
    from persona_web.view.raster_avatar import RasterAvatar

    portrait = await officer()
    whole = await expression(portrait, SPEAKS, (Region.MOUTH, *EYES), GREEN)
    cut = [replace(patch, image=patch.image.partition(b"\xff\xda")[0]) for patch in whole.patches]
    in_part = replace(whole, patches=(cut[0], *whole.patches[1:]))
    in_whole = replace(whole, patches=tuple(cut))
    size = sum(patch.width * patch.height for patch in whole.patches)
    limit, bound = expression_patches.MAX_PIXELS, 5 * size // 2
    hearing = Hearing()
    graphics = RasterGraphics(200, lambda ms: hearing.note("painted", ms))
    expression_patches.MAX_PIXELS = bound
    try:
        with counted() as held:
            async with easel(200, 200) as (canvas, drawing):
                avatar = await RasterAvatar.open(Site(), drawing, portrait, graphics)
                for further in (in_whole, in_part, whole):
                    await avatar.add_expression(further)
                drawn = [[patch.region for patch in each.patches] for each in avatar.expressions]
                for now_ms in (5_000.0, 10_000.0):
                    hearing.events.clear()
                    avatar.draw(face(SPEAKS), now_ms)
                    await hearing.hear("painted")
                shown = coloured(pixels(canvas), GREEN)
                for _more in range(2):
                    await avatar.add_expression(whole)
                held_patches = [patch for each in avatar.expressions for patch in each.patches]
                avatar.close()
                count = len(avatar.expressions)
                await avatar.add_expression(in_part)
                assert len(avatar.expressions) == count, "a closed one takes nothing"
            await settle()
    finally:
        expression_patches.MAX_PIXELS = limit
    assert drawn == [[*EYES], [Region.MOUTH, *EYES]]
    assert shown > 0.01
    taken = sum(patch.width * patch.height for patch in held_patches)
    assert bound - size < taken <= bound
    assert not held.places


@run_in_pyodide
async def test_worker_is_gone_and_nothing_is_left_when_the_last_portrait_is_closed(selenium):
    import js
    from testbed.drawing import RasterGraphics, easel
    from testbed.ownership import counted, settle
    from testbed.photos import officer

    from persona_core.face.params import FaceParams
    from persona_web.bridge.site import Site
    from persona_web.view.raster_avatar import RasterAvatar

    portrait, site = await officer(), Site()
    graphics = RasterGraphics(96)
    counting = js.eval(
        """() => {
          const original = globalThis.Worker;
          const count = { open: 0, restore: () => { globalThis.Worker = original; } };
          globalThis.Worker = class extends original {
            constructor(...given) { super(...given); count.open += 1; }
            terminate() { count.open -= 1; super.terminate(); }
          };
          return count;
        }"""
    )()
    try:
        with counted() as held:
            async with easel(96, 96) as (_canvas, one), easel(96, 96) as (_other, two):
                avatars = [
                    await RasterAvatar.open(site, canvas, portrait, graphics)
                    for canvas in (one, two)
                ]
                assert counting.open == 1, "one worker paints them all"
                for avatar in avatars:
                    avatar.draw(FaceParams(0.0), 0.0)
                    avatar.close()
                assert counting.open == 0
            await settle()
        assert not held.places
    finally:
        counting.restore()


@run_in_pyodide
async def test_photo_stands_still_with_a_meter_and_a_silhouette_is_nobody(selenium):
    import numpy as np
    from testbed.drawing import easel
    from testbed.markup import pixels
    from testbed.photos import officer

    from persona_web.bridge.graphics.still_picture import StillPicture
    from persona_web.bridge.site import Site

    site = Site()
    module = await site.load("view/js/still.js")
    async with easel(200, 240) as (canvas, drawing):
        still = StillPicture(site, module, drawing)
        still.draw(0.0, 0.0, concealed=False)
        nobody = pixels(canvas)
        there = nobody[..., 3] > 16
        assert 0.2 < there.mean() < 0.7
        inside = nobody[nobody[..., 3] == nobody[..., 3].max()]
        assert len(inside) > 0.9 * there.sum()
        assert np.ptp(inside, axis=0).max() == 0, "one colour"
        still.draw(0.0, 2250.0, concealed=False)
        assert (pixels(canvas) != nobody).any(), "it breathes"

        await still.wear(await officer())
        still.draw(0.0, 0.0, concealed=False)
        quiet = pixels(canvas)
        assert (quiet[..., 3] == 255).mean() > 0.99
        assert quiet[..., :3].std() > 30.0
        still.draw(1.0, 0.0, concealed=False)
        changed = np.abs(pixels(canvas) - quiet).max(axis=-1) > 60
        rows = np.flatnonzero(changed.any(axis=1))
        assert rows.min() > 200, "the meter alone"
        still.draw(1.0, 0.0, concealed=True)
        assert (pixels(canvas)[:20, :, 3] == 0).all(), "the photo is not seen"
        still.close()
