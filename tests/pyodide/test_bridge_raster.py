"""Portraits without a GPU: painted by a worker's CPU, and standing still."""

from __future__ import annotations

from pytest_pyodide import run_in_pyodide


@run_in_pyodide
async def test_portrait_is_painted_beside_the_page_and_moves_when_it_is_drawn(selenium):
    from types import SimpleNamespace

    import numpy as np
    from testbed.drawing import easel
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
    step = SimpleNamespace(raster_side=160)
    graphics = SimpleNamespace(painted=lambda ms: hearing.note("painted", ms), quality_step=step)
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
    from types import SimpleNamespace

    import pytest
    from testbed.drawing import easel
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
    graphics = SimpleNamespace(painted=lambda _ms: None, quality_step=None)
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
async def test_worker_is_gone_and_nothing_is_left_when_the_last_portrait_is_closed(selenium):
    from types import SimpleNamespace

    import js
    from testbed.drawing import easel
    from testbed.ownership import counted, settle
    from testbed.photos import officer

    from persona_core.face.params import FaceParams
    from persona_web.bridge.site import Site
    from persona_web.view.raster_avatar import RasterAvatar

    portrait, site = await officer(), Site()
    step = SimpleNamespace(raster_side=96)
    graphics = SimpleNamespace(painted=lambda _ms: None, quality_step=step)
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
