"""Surfaces and their effects, by WebGL2 and by WebGPU in one Chromium that has both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, Playwright
from tests.support import scenes
from tests.support.bare_page import bare_page
from tests.support.chromium import launch
from tests.support.graphics import NONE, WEBGPU
from tests.support.pictures import decode
from tests.support.shown import FILES, Shown

from persona_core.graphics.effects import EffectStyle

APIS = ("webgl2", "webgpu")
STYLES = tuple(style.value for style in EffectStyle if style is not EffectStyle.NONE)
WIDTH, HEIGHT = 211, 157  # no multiple of anything

each_api = pytest.mark.parametrize("api", APIS)
each_style = pytest.mark.parametrize("style", STYLES)


Opener = Callable[..., Shown]


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    running = launch(playwright, *WEBGPU)
    yield running
    running.close()


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    with bare_page(browser, FILES) as page:
        page.evaluate(
            "async () => { window.shown = {}; window.effects = await import('/effects_page.js') }"
        )
        yield page


@pytest.fixture
def opened(page: Page) -> Iterator[Opener]:
    """Opens surfaces that are closed after the test; nothing is wrong with any of their shaders."""
    said: list[str] = []
    page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    names = (f"s{i}" for i in count())

    def open_surface(api: str, width: int = WIDTH, height: int = HEIGHT) -> Shown:
        name = next(names)
        page.evaluate(
            "async ([n, ...a]) => { shown[n] = await effects.open(...a) }",
            [name, api, width, height],
        )
        return Shown(page, name)

    yield open_surface
    page.evaluate(
        "() => { for (const s of Object.values(shown)) { s.surface.close(); s.canvas.remove() }"
        " shown = {} }"
    )
    assert [line for line in said if line.startswith("error")] == []


@pytest.fixture
def portrait(opened: Opener) -> tuple[scenes.Picture, scenes.Picture]:
    """A drawn face in a room, and its matte."""
    shown = opened("webgl2")
    shown.draw(0)
    face = shown.picture()
    return scenes.over(face, scenes.room(HEIGHT, WIDTH)), face[..., 3].astype(np.uint8)


@each_api
def test_surface_shows_the_scene_unchanged_when_there_are_no_effects(
    opened: Opener, api: str
) -> None:
    picture, matte = scenes.checkers(HEIGHT, WIDTH), scenes.disc(HEIGHT, WIDTH, 50)
    shown = opened(api)
    shown.portray(picture, matte)
    seen = shown.picture()
    assert seen.shape == (HEIGHT, WIDTH, 4)
    assert (seen[..., 3] == 255).all()
    np.testing.assert_allclose(seen[..., :3], picture, atol=1)


@each_api
def test_surface_takes_a_canvas_when_it_is_of_any_size_or_a_bitmap(
    opened: Opener, api: str
) -> None:
    shown = opened(api)
    pictures = [
        decode(picture)
        for picture in shown.do(
            """await (async () => {
              const source = new OffscreenCanvas(surface.width, surface.height);
              const context = source.getContext("2d");
              context.fillStyle = "rgba(255, 0, 0, 0.5)";
              context.fillRect(0, 0, 60, 40);
              context.fillStyle = "#00ff00";
              context.fillRect(100, 100, 60, 40);
              const small = new OffscreenCanvas(surface.width / 2, surface.height / 2);
              small.getContext("2d").drawImage(source, 0, 0, small.width, small.height);
              const show = (picture) => {
                surface.upload(picture);
                surface.present();
                return canvas.toDataURL();
              };
              return [show(source), show(await createImageBitmap(source)), show(small)];
            })()"""
        )
    ]
    for picture in pictures:
        np.testing.assert_allclose(picture[20, 30], [255, 0, 0, 128], atol=2)
        np.testing.assert_allclose(picture[120, 130], [0, 255, 0, 255], atol=2)
        assert not picture[70:90, :, 3].any()
    np.testing.assert_array_equal(pictures[0], pictures[1])


EFFECTS = (
    *({"style": style, "taps": taps} for style in STYLES for taps in (0, 3)),
    {"style": "cartoon", "strength": 0.5, "blur": 0.4, "sharpen": 0.5},
    {"blur": 0.2},
    {"blur": 1.0, "taps": 3},
    {"sharpen": 1.0},
)


def test_effects_are_the_same_when_another_api_makes_them(
    opened: Opener, portrait: tuple[scenes.Picture, scenes.Picture]
) -> None:
    for subject in ("portrait", "character"):
        by_gl, by_gpu = (opened(api) for api in APIS)
        for shown in (by_gl, by_gpu):
            if subject == "portrait":
                shown.portray(*portrait)
            else:
                shown.draw(1)
        for effects in EFFECTS:
            one, other = by_gl.picture(**effects), by_gpu.picture(**effects)
            # What is nearly transparent has hardly a colour.
            apart = np.abs(one - other) * (one[..., 3:] > 16)
            share = float((apart.max(axis=-1) > 8).mean())
            # A cell of pixel art that lies between two colours may get either.
            limit = 0.01 if effects.get("style") == "pixel" else 0.002
            assert share < limit, (subject, effects, share)
            assert apart.mean() < 0.2, (subject, effects)


@each_api
@each_style
def test_style_is_gone_when_its_strength_is_zero(
    opened: Opener, portrait: tuple[scenes.Picture, scenes.Picture], api: str, style: str
) -> None:
    shown = opened(api)
    shown.portray(*portrait)
    plain = shown.picture()
    np.testing.assert_array_equal(shown.picture(style=style, strength=0.0), plain)
    full = np.abs(shown.picture(style=style) - plain).mean()
    half = np.abs(shown.picture(style=style, strength=0.5) - plain).mean()
    assert full > 2.0
    assert 0.4 * full < half < 0.6 * full


@each_style
def test_style_keeps_what_is_transparent_when_a_character_is_drawn(
    opened: Opener, style: str
) -> None:
    shown = opened("webgl2", 240, 240)
    shown.draw(0)
    plain, styled = shown.picture()[..., 3], shown.picture(style=style)[..., 3]
    for corner in ((0, 0), (0, -1)):
        assert styled[corner] == 0
    assert (styled[90:150, 90:150] == 255).all()
    # The outline may be pushed about, not moved away.
    assert np.abs(plain - styled).mean() < 0.05 * 255


@each_style
def test_style_stands_still_when_the_picture_does(opened: Opener, style: str) -> None:
    shown = opened("webgl2")
    shown.draw(0)
    np.testing.assert_array_equal(shown.picture(style=style), shown.picture(style=style))


def test_pixel_art_has_square_cells_and_few_colours_when_a_picture_has_many(
    opened: Opener, portrait: tuple[scenes.Picture, scenes.Picture]
) -> None:
    shown = opened("webgl2", 4 * WIDTH, 4 * HEIGHT)
    shown.portray(*portrait)
    plain = shown.picture()[..., :3]
    seen = shown.picture(style="pixel")[..., :3]
    side = round(4 * HEIGHT / 112)
    rows, columns = 4 * HEIGHT // side, 4 * WIDTH // side
    cells = seen[: rows * side, : columns * side].reshape(rows, side, columns, side, 3)
    assert (cells == cells[:, :1, :, :1]).all()
    colours = len(np.unique(seen.reshape(-1, 3), axis=0))
    assert 12 < colours < 256
    assert colours < 0.05 * len(np.unique(plain.reshape(-1, 3), axis=0))


def test_cartoon_draws_dark_lines_between_flat_shades_when_colours_meet(opened: Opener) -> None:
    size = 256
    ramp = np.linspace(150, 250, size)[None, :, None]
    picture = np.broadcast_to(ramp * [1.0, 0.8, 0.6], (size, size, 3)).astype(np.uint8).copy()
    inside = scenes.disc(size, size, 70, 1.0) > 127
    picture[inside] = [50, 80, 130]
    shown = opened("webgl2", size, size)
    shown.portray(picture, np.zeros((size, size), np.uint8))
    light = shown.picture(style="cartoon", taps=3)[..., :3].mean(axis=-1)
    plain = picture.mean(axis=-1)
    rim = np.hypot(*(np.mgrid[:size, :size] - (size - 1) / 2)) - 70
    ring = np.abs(rim) < 3
    # Lines are darker than whatever they part.
    assert np.percentile(light[ring], 10) < 0.6 * plain[ring].min()
    # Far from them the ramp has become a stair: most of its rise is in a third of its length.
    shares = []
    for row in (plain[10], light[10]):
        rises = np.sort(np.diff(row[::8]))
        shares.append(rises[-len(rises) // 3 :].sum() / (row[-8] - row[0]))
    assert shares[0] < 0.45
    assert shares[1] > 0.7


def test_watercolour_leaves_paper_at_the_margin_when_it_paints_a_portrait(
    opened: Opener, portrait: tuple[scenes.Picture, scenes.Picture]
) -> None:
    shown = opened("webgl2")
    shown.portray(*portrait)
    seen = shown.picture(style="watercolour")[..., :3]
    margin = np.concatenate([seen[0], seen[-1], seen[:, 0], seen[:, -1]])
    assert np.median(margin, axis=0).min() > 225
    # No paint is black, and washes have grain.
    dark = portrait[0].max(axis=-1) < 40
    assert dark.any()
    assert seen[dark].mean() > portrait[0][dark].mean() + 10


@each_api
def test_blur_leaves_the_person_sharp_and_no_halo_when_the_background_is_blurred(
    opened: Opener, api: str
) -> None:
    size = 256
    picture = scenes.checkers(size, size)
    matte = scenes.disc(size, size, 60)
    picture[scenes.disc(size, size, 60, 1.0) > 127] = [250, 30, 10]
    shown = opened(api, size, size)
    shown.portray(picture, matte)
    seen = shown.picture(blur=1.0)[..., :3]
    away = np.hypot(*(np.mgrid[:size, :size] - (size - 1) / 2))
    person, behind = away < 56, away > 66
    np.testing.assert_allclose(seen[person], picture[person], atol=1)
    # The squares have run together, and no red of the person is among them: a background pixel
    # is never redder than it is blue.
    assert seen[behind].std(axis=0).max() < 0.25 * picture[behind].std(axis=0).max()
    assert (seen[behind][:, 0] - seen[behind][:, 2]).max() <= 2


def test_blur_changes_nothing_when_a_character_has_no_background(opened: Opener) -> None:
    shown = opened("webgl2")
    shown.draw(0)
    np.testing.assert_array_equal(shown.picture(blur=1.0), shown.picture())


@each_api
def test_sharpen_steepens_edges_and_adds_no_ring_when_they_are_soft(
    opened: Opener, api: str
) -> None:
    size = 200
    step = 60 + 130 / (1 + np.exp(-np.arange(-100, 100) / 0.8))
    picture = np.broadcast_to(step[None, :, None], (size, size, 3)).astype(np.uint8)
    shown = opened(api, size, size)
    shown.portray(picture, np.full((size, size), 255, np.uint8))
    plain, sharp = shown.picture()[..., 0], shown.picture(sharpen=1.0)[..., 0]
    steepness = [float((np.diff(picture[100]) ** 2).sum()) for picture in (plain, sharp)]
    assert steepness[1] > 1.2 * steepness[0]
    assert sharp.max() <= plain.max() + 1
    assert sharp.min() >= plain.min() - 1
    assert (np.diff(sharp[100]) >= -1).all()


@each_api
def test_surface_bears_any_size_when_its_element_changes(opened: Opener, api: str) -> None:
    shown = opened(api)
    shown.draw(0)
    for width, height, style in ((1, 1, "cartoon"), (3, 400, "pixel"), (640, 2, "watercolour")):
        shown.do(f"surface.resize({width}, {height}, 1)")
        assert shown.picture(style=style, blur=1.0, sharpen=1.0).shape == (height, width, 4)
    shown.do("surface.resize(0, 0, 1)")
    assert shown.picture(style="cartoon").shape == (1, 1, 4)
    shown.do("surface.resize(100, 50, 1.5)")
    assert shown.do("[canvas.width, canvas.height]") == [1, 1]  # until there is a new picture
    assert shown.picture().shape == (75, 150, 4)
    largest = shown.do(
        "surface.gl ? surface.gl.getParameter(surface.gl.MAX_TEXTURE_SIZE)"
        " : surface.device.limits.maxTextureDimension2D"
    )
    shown.do("surface.resize(1e6, 1e4, 2)")
    assert shown.do("[surface.width, surface.height]") == [largest, round(largest / 100)]


MAKERS = {
    "webgl2": ("WebGL2RenderingContext", ("createTexture", "createBuffer", "createFramebuffer")),
    "webgpu": ("GPUDevice", ("createTexture", "createBuffer", "createBindGroup")),
}


@each_api
def test_surface_makes_nothing_anew_when_it_shows_another_frame(
    page: Page, opened: Opener, api: str
) -> None:
    shown = opened(api)
    shown.draw(0)
    kind, makers = MAKERS[api]
    for style in STYLES:
        shown.picture(style=style)
        made = page.evaluate(
            """async ([name, kind, makers]) => {
              const {surface, paint} = shown[name];
              const prototype = globalThis[kind].prototype;
              let made = 0;
              const kept = makers.map((maker) => prototype[maker]);
              makers.forEach((maker, i) => {
                prototype[maker] = function (...a) { made += 1; return kept[i].apply(this, a); };
              });
              const before = surface.memoryBytes();
              for (let frame = 0; frame < 3; frame++) { paint(); surface.present(); }
              makers.forEach((maker, i) => { prototype[maker] = kept[i]; });
              return [made, surface.memoryBytes() - before];
            }""",
            [shown.name, kind, list(makers)],
        )
        assert made == [0, 0]


@each_api
def test_surface_says_once_that_it_was_lost_and_bears_every_call_after(
    opened: Opener, api: str
) -> None:
    shown = opened(api)
    shown.draw(0)
    shown.picture(style="cartoon")
    assert shown.do("surface.memoryBytes()") > 0
    shown.do(
        """await new Promise((done) => {
          const push = losses.push.bind(losses);
          losses.push = (reason) => { push(reason); done(); };
          surface.lose();
        })"""
    )
    assert shown.do("surface.memoryBytes()") == 0
    shown.do(
        "[surface.beginScene({matte: true}), surface.endScene(), surface.upload(canvas),"
        " surface.resize(9, 9, 1), surface.setEffects({}), surface.present(), surface.lose(),"
        " surface.close(), surface.close()].length"
    )
    losses = shown.do("losses")
    assert len(losses) == 1
    assert losses[0]


@each_api
def test_surface_gives_all_back_and_says_nothing_when_it_is_closed(
    opened: Opener, api: str
) -> None:
    shown = opened(api)
    shown.draw(0)
    shown.picture(style="watercolour", sharpen=0.5)
    shown.do("surface.close()")
    assert shown.do("surface.memoryBytes()") == 0
    shown.do("await new Promise((done) => setTimeout(done))")
    assert shown.do("losses") == []


def test_device_stays_when_a_surface_that_shares_it_is_closed(page: Page) -> None:
    losses = page.evaluate(
        """async () => {
          const {openSurface} = await import("/view/js/surface_webgpu.js");
          const device = await (await navigator.gpu.requestAdapter()).requestDevice();
          const losses = [];
          const [one, other] = await Promise.all([1, 2].map((i) =>
            openSurface(document.createElement("canvas"), () => losses.push(i), device)));
          one.close();
          device.createBuffer({size: 4, usage: GPUBufferUsage.COPY_DST}).destroy();
          const lost = new Promise((done) => device.lost.then(done));
          other.lose();
          await lost;
          return losses;
        }"""
    )
    assert losses == [2]


def test_surface_refuses_when_the_platform_has_no_graphics(playwright: Playwright) -> None:
    browser = launch(playwright, *NONE)
    with bare_page(browser, FILES) as page:
        for name, message in (("webgl", "WebGL2"), ("webgpu", "WebGPU")):
            said = page.evaluate(
                """async (name) => {
                  const {openSurface} = await import(`/view/js/surface_${name}.js`);
                  const canvas = document.createElement("canvas");
                  try { await openSurface(canvas, () => {}) } catch (error) { return error.message }
                }""",
                name,
            )
            assert message in said
    browser.close()
