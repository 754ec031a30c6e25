"""Portraits on real surfaces. This browser has WebGL2 by software, and no WebGPU adapter."""

from __future__ import annotations

from pytest_pyodide import run_in_pyodide


@run_in_pyodide
async def test_portrait_fills_its_surface_and_moves_when_it_is_drawn(selenium):
    import numpy as np
    from testbed.photos import officer
    from testbed.surfaces import seen, surface_of

    from persona_core.face.blendshapes import Blendshape
    from persona_core.face.params import FaceParams
    from persona_web.bridge.site import Site
    from persona_web.view.portrait_avatar import PortraitAvatar

    shapes = np.zeros(52, dtype=np.float32)
    shapes[Blendshape.JAW_OPEN] = 0.7
    async with surface_of(200, 200) as (surface, canvas, _losses):
        avatar = await PortraitAvatar.open(Site(), surface, await officer())
        avatar.draw(FaceParams(0.0), 0.0)
        rest = seen(canvas)
        avatar.draw(FaceParams(0.0, blendshapes=shapes), 0.0)
        speaks = seen(canvas)
        assert avatar.memory_bytes > 1_000_000
        avatar.close()
        assert avatar.memory_bytes == 0
    assert (rest[..., 3] == 255).all()
    assert rest[..., :3].std() > 30.0
    changed = (np.abs(rest - speaks).max(axis=-1) > 24).mean(axis=1)
    assert changed[100:180].max() > 0.1  # the mouth's rows
    assert changed[:40].max() == 0.0


@run_in_pyodide
async def test_portrait_is_refused_when_its_image_is_damaged_or_of_another_size(selenium):
    from dataclasses import replace

    from testbed.ownership import counted
    from testbed.photos import officer
    from testbed.surfaces import surface_of

    from persona_core.errors import PortraitError
    from persona_web.bridge.site import Site
    from persona_web.view.portrait_avatar import PortraitAvatar

    portrait = await officer()
    cut = replace(portrait, image=portrait.image[: len(portrait.image) // 8])
    larger = replace(portrait, width=portrait.width + 1)
    refused = []
    with counted() as held:
        async with surface_of(64, 64) as (surface, _canvas, _losses):
            for damaged in (cut, larger):
                try:
                    await PortraitAvatar.open(Site(), surface, damaged)
                except PortraitError as error:
                    refused.append(error.code)
    assert refused == ["bad-portrait", "bad-portrait"]
    assert not held.places


@run_in_pyodide
async def test_portrait_bears_every_call_when_its_context_is_lost(selenium):
    from testbed.photos import officer
    from testbed.surfaces import surface_of

    from persona_core.face.params import FaceParams
    from persona_web.bridge.site import Site
    from persona_web.view.portrait_avatar import PortraitAvatar

    async with surface_of(64, 64) as (surface, _canvas, losses):
        avatar = await PortraitAvatar.open(Site(), surface, await officer())
        avatar.draw(FaceParams(0.0), 0.0)
        surface.lose()
        await losses.hear("lost")
        avatar.draw(FaceParams(0.0), 16.0)
        avatar.close()
