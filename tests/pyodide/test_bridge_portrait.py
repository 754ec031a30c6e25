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


@run_in_pyodide
async def test_set_is_drawn_from_its_pictures_when_their_faces_are_made(selenium):
    from testbed.photos import officer
    from testbed.portrait_sets import (
        BLUE,
        EYES,
        GREEN,
        SHUTS,
        SPEAKS,
        coloured,
        expression,
        face,
    )
    from testbed.surfaces import seen, surface_of

    from persona_core.portrait.expressions.expression import Region
    from persona_web.bridge.site import Site
    from persona_web.view.portrait_avatar import PortraitAvatar

    portrait = await officer()
    mouth = await expression(portrait, SPEAKS, (Region.MOUTH,), GREEN)
    eyes = await expression(portrait, SHUTS, EYES, BLUE)
    shares, held = [], []
    async with surface_of(200, 200) as (surface, canvas, _losses):
        avatar = await PortraitAvatar.open(Site(), surface, portrait)
        for number, further in enumerate((mouth, eyes)):
            held.append(avatar.memory_bytes)
            await avatar.add_expression(further)
            for values in ({}, SPEAKS, SHUTS):
                avatar.draw(face(values), 10_000.0 * (number + 1))
                avatar.draw(face(values), 10_000.0 * (number + 1) + 5_000.0)
                picture = seen(canvas)
                shares.append((coloured(picture, GREEN), coloured(picture, BLUE)))
        held.append(avatar.memory_bytes)
        drawn = avatar.expressions
        avatar.close()
        held.append(avatar.memory_bytes)
    assert len(drawn) == 2
    assert held[0] < held[1] < held[2]
    # A texture with its coarser levels, and eight bytes a vertex, for each patch.
    textures = sum(patch.width * patch.height for patch in eyes.patches) * 16 / 3
    assert abs(held[2] - held[1] - textures - 2 * 8 * 3758) < 16
    assert held[3] == 0
    rest, speaks, shuts = shares[:3]
    assert rest == (0.0, 0.0)
    assert speaks[0] > 0.01
    assert speaks[1] == 0.0
    assert shuts == (0.0, 0.0), "those of shut eyes have not come yet"
    assert shares[3] == (0.0, 0.0)
    assert shares[4][0] > 0.01
    assert shares[5][1] > 0.01


@run_in_pyodide
async def test_set_goes_on_without_a_patch_when_that_is_damaged(selenium):
    from dataclasses import replace

    from testbed.ownership import counted
    from testbed.photos import officer
    from testbed.portrait_sets import EYES, GREEN, SPEAKS, coloured, expression, face
    from testbed.surfaces import seen, surface_of

    from persona_core.portrait.expressions.expression import Region
    from persona_web.bridge.site import Site
    from persona_web.view.portrait_avatar import PortraitAvatar

    portrait = await officer()
    whole = await expression(portrait, SPEAKS, (Region.MOUTH, *EYES), GREEN)
    cut = [replace(patch, image=patch.image.partition(b"\xff\xda")[0]) for patch in whole.patches]
    in_part = replace(whole, patches=(cut[0], *whole.patches[1:]))
    in_whole = replace(whole, patches=tuple(cut))
    with counted() as held:
        async with surface_of(200, 200) as (surface, canvas, _losses):
            avatar = await PortraitAvatar.open(Site(), surface, portrait)
            before = avatar.memory_bytes
            await avatar.add_expression(in_whole)
            after = avatar.memory_bytes
            for further in (in_part, whole):
                await avatar.add_expression(further)
            drawn = [[patch.region for patch in each.patches] for each in avatar.expressions]
            avatar.draw(face(SPEAKS), 0.0)
            avatar.draw(face(SPEAKS), 5_000.0)
            shown = coloured(seen(canvas), GREEN)
            avatar.close()
    assert after == before
    assert drawn == [[*EYES], [Region.MOUTH, *EYES]]
    assert shown > 0.01
    assert not held.places


@run_in_pyodide
async def test_set_is_back_on_a_new_surface_when_its_context_was_lost(selenium):
    from testbed.ownership import settle
    from testbed.photos import officer
    from testbed.portrait_sets import EYES, GREEN, SPEAKS, coloured, expression, face
    from testbed.surfaces import seen, surface_of

    from persona_core.portrait.expressions.expression import Region
    from persona_core.portrait.expressions.portrait_set import PortraitSet
    from persona_web.bridge.site import Site
    from persona_web.view.portrait_avatar import PortraitAvatar

    portrait = await officer()
    further = await expression(portrait, SPEAKS, (Region.MOUTH, *EYES), GREEN)
    async with surface_of(64, 64) as (surface, _canvas, losses):
        avatar = await PortraitAvatar.open(Site(), surface, portrait)
        await avatar.add_expression(further)
        surface.lose()
        await losses.hear("lost")
        await avatar.add_expression(further)
        avatar.draw(face(SPEAKS), 0.0)
        avatar.close()
        await avatar.add_expression(further)
    worn = PortraitSet(portrait, (further,))
    async with surface_of(200, 200) as (surface, canvas, _losses):
        again = await PortraitAvatar.open(Site(), surface, worn)
        again.draw(face(SPEAKS), 0.0)
        own = coloured(seen(canvas), GREEN)
        for _wait in range(500):
            if again.expressions:
                break
            await settle()
        again.draw(face(SPEAKS), 5_000.0)
        shown = coloured(seen(canvas), GREEN)
        again.close()
    assert own == 0.0, "the portrait is there before its further pictures"
    assert shown > 0.01
