"""What the browser does for one draw call, without Python."""

from __future__ import annotations

from itertools import chain
from typing import Any

from tests.support import rooms
from tools.bench.figures import Figure, Summary
from tools.bench.setting import Setting
from tools.bench.windows import browse, new_tab, wait_started

from persona_core.drawn.characters import CHARACTERS
from persona_core.drawn.rig import Rig
from persona_core.drawn.style import AvatarStyle
from persona_core.wire.motion_track import load_demo

TITLE = "Drawing one avatar, all characters over the demo motion"
FACES = 60
ROUNDS = 240

# A canvas notes what is drawn and makes pixels of it later; reading one pixel makes it do so.
TIME_DRAWS = """async ({ program, colours, faces, rounds }) => {
  const { root, assets } = globalThis.virtualpersona;
  const { createDrawing } = await import(`${root}${assets.code}web/view/js/canvas2d.js`);
  const shown = document.getElementById("stage");
  const canvas = document.createElement("canvas");
  const drawing = createDrawing(canvas);
  drawing.setProgram(Float32Array.from(program), colours);
  drawing.resize(shown.clientWidth, shown.clientHeight, devicePixelRatio);
  const context = canvas.getContext("2d");
  const values = faces.map((face) => Float32Array.from(face));
  const calls = [], pixels = [];
  for (let round = 0; round < rounds; round += 1) {
    const start = performance.now();
    drawing.draw(values[round % values.length]);
    const drawn = performance.now();
    context.getImageData(0, 0, 1, 1);
    const read = performance.now();
    calls.push(drawn - start);
    pixels.push(read - drawn);
    if (round % 20 === 19) await new Promise(requestAnimationFrame);
  }
  return { calls, pixels, size: `${canvas.width} x ${canvas.height}` };
}"""


def measure(setting: Setting) -> list[Figure]:
    """The draw call itself, and the pixels it leads to, at the size of the room's peer."""
    browser = browse(setting.playwright)
    try:
        tab = new_tab(browser)
        page = tab.page
        page.goto(rooms.new_invitation().link(f"{setting.url}room-v3/"))
        wait_started(page)
        rooms.join(tab)
        timed = []
        for character in CHARACTERS:
            setting.step.note(character.key)
            timed.append(page.evaluate(TIME_DRAWS, _drawing(character.style)))
    finally:
        browser.close()
    (size,) = {run["size"] for run in timed}
    calls = chain.from_iterable(run["calls"] for run in timed)
    pixels = chain.from_iterable(run["pixels"] for run in timed)
    return [
        Figure("draw(), JavaScript", "ms", Summary.of(calls)),
        Figure(f"its pixels, {size}", "ms", Summary.of(pixels)),
    ]


def one_drawing() -> dict[str, Any]:
    """A character to show something with."""
    return _drawing(CHARACTERS[0].style)


def _drawing(style: AvatarStyle) -> dict[str, Any]:
    """A character's program, and its values for faces spread over the demo motion."""
    rig = Rig(style)
    track = load_demo()
    times = [track.period_ms * index / FACES for index in range(FACES)]
    return {
        "program": rig.program.tolist(),
        "colours": list(rig.colours),
        "faces": [rig.pose(track.sample(time), time).tolist() for time in times],
        "rounds": ROUNDS,
    }
