"""Surfaces as Python holds them. This browser has WebGL2 by software, and no WebGPU adapter."""

from __future__ import annotations

from pytest_pyodide import run_in_pyodide


@run_in_pyodide
async def test_surface_shows_what_is_uploaded_when_it_is_presented(selenium):
    from testbed.surfaces import painted, seen, surface_of

    async with surface_of(120, 90) as (surface, canvas, _losses):
        assert (surface.api, surface.width, surface.height) == ("webgl2", 120, 90)
        surface.upload(painted(120, 90, "#ff8000"))
        surface.present()
        picture = seen(canvas)
        assert picture.shape == (90, 120, 4)
        assert picture[45, 60].tolist() == [255, 128, 0, 255]
        assert surface.memory_bytes >= 120 * 90 * 4
        surface.close()
        assert surface.memory_bytes == 0


@run_in_pyodide
async def test_surface_applies_effects_when_they_are_set(selenium):
    import numpy as np
    from testbed.surfaces import painted, seen, surface_of

    from persona_core.graphics.effects import EffectSettings, EffectStyle

    async with surface_of(120, 90) as (surface, canvas, _losses):
        surface.upload(painted(120, 90, "linear"))
        surface.present()
        plain = seen(canvas)
        surface.set_effects(EffectSettings(EffectStyle.PIXEL))
        surface.present()
        styled = seen(canvas)

    def colours(picture):
        return len(np.unique(picture.reshape(-1, 4), axis=0))

    assert colours(styled) < 0.5 * colours(plain)


@run_in_pyodide
async def test_surface_follows_its_element_and_scale_when_the_next_scene_comes(selenium):
    from testbed.drawing import resize
    from testbed.surfaces import painted, surface_of

    async with surface_of(120, 90) as (surface, canvas, _losses):
        surface.upload(painted(120, 90, "#ffffff"))
        surface.present()
        await resize(canvas, 200, 100)
        assert (surface.width, surface.height) == (200, 100)
        assert (canvas.width, canvas.height) == (120, 90)
        surface.scale = 0.5
        assert (surface.width, surface.height) == (100, 50)
        surface.upload(painted(100, 50, "#ffffff"))
        assert (canvas.width, canvas.height) == (100, 50)


@run_in_pyodide
async def test_surface_tells_once_when_it_is_lost_and_may_be_closed_then_and_there(selenium):
    from testbed.ownership import settle
    from testbed.surfaces import painted, surface_of

    async with surface_of(120, 90) as (surface, _canvas, losses):
        surface.upload(painted(120, 90, "#ffffff"))
        surface.present()
        losses.then = surface.close
        surface.lose()
        assert await losses.hear("lost")
        surface.present()
        surface.lose()
        surface.close()
        await settle()
        assert len(losses.all("lost")) == 1
        assert surface.memory_bytes == 0


@run_in_pyodide
async def test_surface_refuses_when_the_api_or_the_canvas_is_not_to_be_had(selenium):
    import pytest
    from testbed.surfaces import surface_of

    from persona_core.errors import SurfaceError

    with pytest.raises(SurfaceError) as caught:
        async with surface_of(120, 90, api="webgpu"):
            pass
    assert caught.value.code == "surface-failed"
    assert "WebGPU" in caught.value.detail

    with pytest.raises(SurfaceError, match="WebGL2"):
        async with surface_of(120, 90, taken_by="2d"):
            pass


@run_in_pyodide
async def test_surface_leaves_no_proxy_when_it_is_closed_lost_or_refused(selenium):
    import contextlib

    from testbed.ownership import counted
    from testbed.surfaces import surface_of

    from persona_core.errors import SurfaceError

    with counted() as held:
        async with surface_of(120, 90) as (surface, _canvas, losses):
            surface.close()
        async with surface_of(120, 90) as (surface, _canvas, losses):
            surface.lose()
            await losses.hear("lost")
        with contextlib.suppress(SurfaceError):
            async with surface_of(120, 90, api="webgpu"):
                pass
    assert not held.places
