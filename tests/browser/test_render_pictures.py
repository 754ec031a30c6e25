"""The render server's pictures are those that a browser draws of the same portrait and face."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, Playwright
from tests.browser.lite_page import MODEL, LitePage, blank_page
from tests.support import expressions
from tests.support.node import needs_node
from tests.support.portrait_sets import EYES, GREEN, expression, plain
from tests.support.portraits import built_in

from persona_core.face.params import FaceParams
from persona_core.neural.families.lite_pictures import mix_of
from persona_core.portrait.expressions.expression import Region
from persona_core.portrait.expressions.portrait_set import PortraitSet
from persona_core.wire.rendering import PictureFormat
from persona_render.coding import coder_of
from persona_render.engines.engine import EngineOptions, Picture
from persona_render.engines.lite import LiteEngine

SIDE = 256
LEAST_DB = 40.0
VIDEO_DB = 28.0
pytestmark = needs_node
STILL = expressions.params({})
FACES = (
    STILL,
    expressions.params({"jawOpen": 0.5, "mouthSmileLeft": 0.4, "eyeBlinkRight": 0.8}),
    expressions.params({"jawOpen": 0.2, "eyeLookOutLeft": 0.6, "eyeLookInRight": 0.6}, 4.0, 12.0),
)
APART_MS = 10_000.0
"""Between two faces, so that a set has changed over to other pictures."""


@pytest.fixture(scope="module")
def blank(playwright: Playwright, dist: Path) -> Iterator[Page]:
    with blank_page(playwright, dist) as page:
        yield page


@pytest.fixture(scope="module")
def page(blank: Page) -> LitePage:
    return LitePage(blank, "webgl", SIDE)


@pytest.fixture(scope="module")
def engine() -> Iterator[LiteEngine]:
    engine = LiteEngine(EngineOptions(MODEL))
    yield engine
    engine.close()


def shown(page: LitePage, face: FaceParams) -> Picture:
    """What the browser draws, by its own nets and WebGL."""
    values, target = page.pose(face, face.time_ms)
    page.infer(target, mix=mix_of(values) if page.expressions else None)
    return page.show(values, 1.0)[..., :3].astype(np.uint8)


def with_further_pictures() -> PortraitSet:
    """A set whose mouth and eyes are not the photo's when they move."""
    base = built_in()
    mouth = {Region.MOUTH: plain(GREEN)}
    return PortraitSet(
        base,
        (
            expression(base, {"jaw_open": 0.5}, mouth),
            expression(base, {"eye_blink": 1.0}, dict.fromkeys(EYES, plain((90, 90, 90)))),
        ),
    )


def decibels(one: Picture, other: Picture) -> float:
    """Peak signal to noise ratio."""
    off = one.astype(np.float64) - other
    return float(10.0 * np.log10(255.0**2 / (off**2).mean()))


@pytest.mark.parametrize("worn", ["officer", "astronaut", "set"])
def test_pictures_are_the_browsers_when_portrait_and_face_are_the_same(
    page: LitePage, engine: LiteEngine, worn: str
) -> None:
    portrait = with_further_pictures() if worn == "set" else PortraitSet(built_in(worn))
    page.wear(portrait.base, eyewear=True)
    for further in portrait.expressions:
        page.join(further)
    session = engine.open(portrait, SIDE)
    rested = shown(page, STILL)
    for number, face in enumerate(FACES, 1):
        moment = replace(face, time_ms=number * APART_MS)
        theirs, ours = shown(page, moment), session.render(moment)
        assert decibels(ours, theirs) >= LEAST_DB
        # The same number between two faces would not do: they differ by more than that.
        assert face is STILL or decibels(rested, theirs) < LEAST_DB
    session.close()


DECODE = """async ({ codec, side, chunks }) => {
  const canvas = new OffscreenCanvas(side, side);
  const context = canvas.getContext("2d");
  let count = 0;
  const decoder = new VideoDecoder({
    output(frame) {
      count += 1;
      context.drawImage(frame, 0, 0);
      frame.close();
    },
    error(error) { throw error; },
  });
  decoder.configure({ codec, optimizeForLatency: true });
  for (const [timestamp, [whole, text]] of chunks.entries()) {
    const data = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
    decoder.decode(new EncodedVideoChunk({ type: whole ? "key" : "delta", timestamp, data }));
  }
  await decoder.flush();
  decoder.close();
  const bytes = context.getImageData(0, 0, side, side).data;
  return [count, btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))];
}"""


def test_video_is_seen_when_a_page_decodes_it(blank: Page, engine: LiteEngine) -> None:
    session = engine.open(PortraitSet(built_in()), SIDE)
    pictures = [session.render(face) for face in FACES]
    coder = coder_of(PictureFormat.VP8, SIDE, 20, 500)
    chunks = []
    for picture in pictures:
        data, whole = coder.code(picture)
        chunks.append([whole, base64.b64encode(data).decode()])
    given = {"codec": PictureFormat.VP8.value, "side": SIDE, "chunks": chunks}
    count, text = blank.evaluate(DECODE, given)
    assert count == len(pictures), "one picture a chunk, none kept back"
    seen = np.frombuffer(base64.b64decode(text), np.uint8).reshape(SIDE, SIDE, 4)[..., :3]
    assert decibels(seen, pictures[-1]) > VIDEO_DB
    assert decibels(seen, pictures[0]) < VIDEO_DB
    session.close()
