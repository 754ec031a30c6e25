"""A real model in a real onnxruntime-web: from its folder to pictures."""

from __future__ import annotations

import pytest
from pytest_pyodide import run_in_pyodide
from tests.support.pyodide_page import PageRunner


@pytest.fixture(autouse=True)
def empty_store(selenium: PageRunner) -> None:
    selenium.run_js("await caches.delete('virtualpersona-models')")


@run_in_pyodide
async def test_model_draws_a_moving_picture_when_it_was_loaded_on_wasm(selenium):
    from testbed.models import loaded_nano, nano_face, picture_bytes

    async with loaded_nano() as (model, told):
        face, parameters = await nano_face(model)
        neutral = await picture_bytes(face, parameters(0.0))
        again = await picture_bytes(face, parameters(0.0))
        open_mouth = await picture_bytes(face, parameters(1.0))

    steps = [loading.step.value for loading in told]
    assert list(dict.fromkeys(steps)) == ["download", "sessions", "check"]
    assert told[-1].received == told[-1].total
    assert neutral == again
    assert sum(a != b for a, b in zip(neutral, open_mouth, strict=True)) > 1000


@run_in_pyodide
async def test_model_is_refused_when_it_computes_something_else(selenium):
    from dataclasses import replace

    import pytest
    from testbed.models import load_on_wasm, nano_manifest

    from persona_core.errors import ModelError

    manifest = await nano_manifest()
    expected = tuple(
        replace(each, values=tuple(-value for value in each.values))
        for each in manifest.check.expected
    )
    manifest = replace(manifest, check=replace(manifest.check, expected=expected))
    with pytest.raises(ModelError) as refused:
        await load_on_wasm(manifest)
    assert refused.value.code == "model-wrong"


@run_in_pyodide
async def test_model_is_refused_when_a_graph_is_none(selenium):
    import pytest
    from pyodide.ffi import to_js
    from testbed.models import bare_inference

    from persona_core.errors import ModelError

    async with bare_inference() as inference:
        with pytest.raises(ModelError) as refused:
            await inference.create("frame", to_js(b"this is no graph").buffer, None)
    assert refused.value.code == "model-unsupported"


@run_in_pyodide
async def test_second_frame_is_refused_when_the_first_is_still_computed(selenium):
    import asyncio

    import pytest
    from testbed.models import loaded_nano, nano_face

    from persona_core.errors import ModelError

    async with loaded_nano() as (model, _told):
        face, parameters = await nano_face(model)
        first = asyncio.ensure_future(face.draw(parameters(0.0)))
        await asyncio.sleep(0)
        with pytest.raises(ModelError) as refused:
            await face.draw(parameters(1.0))
        ran = await first
        ran.picture.close()
        (await face.draw(parameters(1.0))).picture.close()
    assert refused.value.code == "model-busy"


@run_in_pyodide
async def test_memory_stays_flat_when_thousands_of_frames_are_drawn(selenium):
    from testbed.models import loaded_nano, nano_face
    from testbed.ownership import counted, settle

    async with loaded_nano() as (model, _told):
        face, parameters = await nano_face(model)
        sizes = []
        with counted() as held:
            for frame in range(2000):
                ran = await face.draw(parameters(frame % 10 / 10))
                ran.picture.close()
                if frame % 200 == 199:
                    sizes.append(await model.inference.memory_bytes())
            await settle()

    assert held.places.total() == 0, held.places.most_common(1)
    assert sizes[-1] == sizes[1], sizes


@run_in_pyodide
def test_every_family_of_a_manifest_can_be_drawn(selenium):
    from persona_core.neural.manifest.manifest import Family
    from persona_web.neural.families import FAMILIES

    assert set(FAMILIES) == set(Family)


@run_in_pyodide
async def test_worker_is_let_go_when_a_session_is_never_made(selenium):
    import functools

    import pytest
    from pyodide.code import run_js
    from testbed.models import load_on_wasm, nano_manifest
    from testbed.ownership import counted, settle

    from persona_core.errors import ModelError
    from persona_web.bridge.clock import BrowserScheduler
    from persona_web.bridge.neural.inference import Inference
    from persona_web.neural.loading import while_it_moves

    async def never(*_given):
        await run_js("new Promise(() => {})")

    load = functools.partial(load_on_wasm, await nano_manifest())
    create, Inference.create = Inference.create, never
    try:
        with counted() as held, pytest.raises(ModelError) as refused:
            await while_it_moves(load, lambda _loading: None, 500.0, BrowserScheduler())
        await settle()
    finally:
        Inference.create = create
    assert refused.value.code == "model-stuck"
    assert not held.places, "who listened to the worker goes with it"
    model = await load()
    await model.close()
