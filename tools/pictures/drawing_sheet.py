"""Renders sheets of the drawn avatar to PNG, to be looked at.

    PYTHONPATH=py python -m tools.pictures.drawing_sheet OUT_FOLDER [SHEET ...] [--characters a,b]

Every cell is the real program replayed by the real ``canvas2d.js`` in Chromium.
"""

from __future__ import annotations

import argparse
import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from playwright.sync_api import Page, sync_playwright
from tests.support.chromium import launch
from tests.support.expressions import BIG_SMILE, EXPRESSIONS, both, params
from tests.support.site_server import ROOT

from persona_core.drawn.characters import CHARACTERS, Character
from persona_core.drawn.rig import Rig
from persona_core.drawn.style import CHOICE_FIELDS, Accessory, AvatarStyle
from persona_core.face.params import FaceParams


@dataclass(frozen=True)
class Cell:
    label: str
    params: FaceParams
    character: Character | None = None
    size: tuple[int, int] = (320, 320)
    at_ms: float = 0.0


@dataclass(frozen=True)
class Sheet:
    cells: list[Cell]
    columns: int
    dpr: float = 1.0
    per_character: bool = True


def _poses() -> list[Cell]:
    cells = [
        Cell(f"yaw {yaw} pitch {pitch}", params({}, pitch, yaw))
        for pitch in (-25, 0, 25)
        for yaw in (-40, -25, 0, 25, 40)
    ]
    cells += [Cell(f"roll {r}", params({}, roll=r)) for r in (-25, 25)]
    cells += [
        Cell("yaw roll smile", params(BIG_SMILE, yaw=20, roll=15)),
        Cell("up left near", params({}, pitch=-20, translation=(0.5, 0.4), scale=1.8)),
        Cell("down right far", params({}, pitch=15, translation=(-0.5, -0.4), scale=0.6)),
    ]
    return cells


def _gaze() -> list[Cell]:
    cells = []
    for up in (1.0, 0.0, -1.0):
        for left in (-1.0, 0.0, 1.0):
            shapes = {
                "eyeLookOutLeft": max(left, 0), "eyeLookInRight": max(left, 0),
                "eyeLookInLeft": max(-left, 0), "eyeLookOutRight": max(-left, 0),
                **both(eyeLookUp=max(up, 0), eyeLookDown=max(-up, 0)),
            }  # fmt: skip
            cells.append(Cell(f"gaze {left:+.0f} {up:+.0f}", params(shapes)))
    return cells


def _mixed() -> list[Cell]:
    cells = []
    for character in CHARACTERS:
        for label, shapes, pose in (
            ("neutral", {}, {}),
            ("smile", EXPRESSIONS["smile"], {"yaw": 18.0, "roll": 6.0}),
            ("teeth", EXPRESSIONS["teeth"], {"yaw": -12.0, "pitch": 4.0}),
            ("closed", EXPRESSIONS["closed"], {}),
            ("open", EXPRESSIONS["wide"], {"pitch": -8.0}),
        ):
            cells.append(Cell(f"{character.key} {label}", params(shapes, **pose), character))
    return cells


def _slot(size: int) -> list[Cell]:
    return [Cell(c.key, params({}), c, (size, size)) for c in CHARACTERS]


def _aspects() -> list[Cell]:
    return [
        Cell(f"{w}x{h}", params(EXPRESSIONS["smile"]), CHARACTERS[i], (w, h))
        for i, (w, h) in enumerate(((640, 360), (270, 480), (360, 360), (800, 240)))
    ]


def _expressions() -> list[Cell]:
    return [Cell(label, params(shapes)) for label, shapes in EXPRESSIONS.items()]


def _parts() -> list[Cell]:
    """Every choice of every field on the default style."""
    styles = {
        f"{field} {choice}": replace(AvatarStyle(), **{field: choice})
        for field, kind in CHOICE_FIELDS.items()
        for choice in kind
    }
    styles |= {str(item): AvatarStyle(accessories=(item,)) for item in Accessory}
    return [
        Cell(label, params({}), Character(label, style), (240, 240))
        for label, style in styles.items()
    ]


def _sway() -> list[Cell]:
    """A quick turn of the head, 40 ms a frame, and the hair that comes after."""
    return [
        Cell(f"{40 * k} ms", params({}, yaw=min(25.0, 6.0 * k), roll=min(8.0, 2.0 * k)),
             size=(240, 240), at_ms=40.0 * k)
        for k in range(16)
    ]  # fmt: skip


def _faces() -> list[Cell]:
    keys = ("neutral", "smile", "teeth", "open", "closed", "angry")
    return [Cell(k, params(EXPRESSIONS[k]), size=(720, 720)) for k in keys]


SHEETS: Final[dict[str, Callable[[], Sheet]]] = {
    "expressions": lambda: Sheet(_expressions(), 6),
    "poses": lambda: Sheet(_poses(), 5),
    "gaze": lambda: Sheet(_gaze(), 3),
    "sway": lambda: Sheet(_sway(), 8),
    "faces": lambda: Sheet(_faces(), 3),
    "mixed": lambda: Sheet(_mixed(), 5, per_character=False),
    "parts": lambda: Sheet(_parts(), 8, per_character=False),
    "cast": lambda: Sheet(_slot(600), 3, per_character=False),
    "cast96": lambda: Sheet(_slot(96), 6, per_character=False),
    "cast96x2": lambda: Sheet(_slot(96), 6, dpr=2.0, per_character=False),
    "aspects": lambda: Sheet(_aspects(), 2, per_character=False),
}

PAGE: Final = """<!doctype html><style>
body{margin:8px;font:12px sans-serif;background:#e9e4dc}
#grid{display:grid;gap:8px;width:max-content}
figure{margin:0}canvas{display:block;border-radius:10px;
background:linear-gradient(160deg,#f3eee6,#d9dfe6)}
</style><div id=grid></div>"""

SCRIPT: Final = """async ({source, cells, columns, dpr}) => {
  const url = URL.createObjectURL(new Blob([source], {type: "text/javascript"}));
  const {createDrawing} = await import(url);
  const floats = (text) => new Float32Array(
    Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
  const grid = document.getElementById("grid");
  grid.style.gridTemplateColumns = `repeat(${columns}, max-content)`;
  for (const cell of cells) {
    const figure = document.createElement("figure");
    const canvas = document.createElement("canvas");
    canvas.style.width = cell.size[0] + "px";
    canvas.style.height = cell.size[1] + "px";
    figure.append(canvas, cell.label);
    grid.append(figure);
    const drawing = createDrawing(canvas);
    drawing.resize(cell.size[0], cell.size[1], dpr);
    drawing.setProgram(floats(cell.program), cell.colours);
    drawing.draw(floats(cell.values));
  }
}"""


def render(sheet: Sheet, character: Character, target: Path, page: Page) -> None:
    """Draws one sheet and writes it to ``target``."""
    rigs: dict[AvatarStyle, Rig] = {}
    cells = []
    for cell in sheet.cells:
        style = (cell.character or character).style
        rig = rigs.get(style) or rigs.setdefault(style, Rig(style))
        cells.append(
            {
                "label": cell.label,
                "size": cell.size,
                "colours": rig.colours,
                "program": base64.b64encode(rig.program.tobytes()).decode(),
                "values": base64.b64encode(rig.pose(cell.params, cell.at_ms).tobytes()).decode(),
            }
        )
    page.set_content(PAGE)
    source = (ROOT / "py/persona_web/view/js/canvas2d.js").read_text()
    page.evaluate(
        SCRIPT,
        json.loads(
            json.dumps(
                {
                    "source": source,
                    "cells": cells,
                    "columns": sheet.columns,
                    "dpr": sheet.dpr,
                }
            )
        ),
    )
    page.locator("#grid").screenshot(path=str(target))


TIMING: Final = """async ({source, program, colours, frames, size}) => {
  const url = URL.createObjectURL(new Blob([source], {type: "text/javascript"}));
  const {createDrawing} = await import(url);
  const floats = (text) => new Float32Array(
    Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
  const canvas = document.createElement("canvas");
  document.body.append(canvas);
  const drawing = createDrawing(canvas);
  drawing.resize(size, size, 1);
  drawing.setProgram(floats(program), colours);
  const values = frames.map(floats);
  const context = canvas.getContext("2d");
  const calls = [], whole = [];
  for (let k = 0; k < 60; k++) {
    const start = performance.now();
    drawing.draw(values[k % values.length]);
    calls.push(performance.now() - start);
    context.getImageData(0, 0, 1, 1);  // waits for the raster
    whole.push(performance.now() - start);
  }
  const median = (list) => list.sort((a, b) => a - b)[list.length >> 1];
  return [median(calls), median(whole)];
}"""


def time_drawing(page: Page) -> None:
    """Prints milliseconds a draw at 720 px: the calls alone, and with the raster."""
    source = (ROOT / "py/persona_web/view/js/canvas2d.js").read_text()
    for character in CHARACTERS:
        rig = Rig(character.style)
        frames = [rig.pose(params(shapes), 0.0).tobytes() for shapes in EXPRESSIONS.values()]
        page.set_content(PAGE)
        calls, whole = page.evaluate(
            TIMING,
            {
                "source": source,
                "program": base64.b64encode(rig.program.tobytes()).decode(),
                "colours": rig.colours,
                "frames": [base64.b64encode(frame).decode() for frame in frames],
                "size": 720,
            },
        )
        print(f"{character.key:8} {calls:6.2f} ms calls {whole:6.2f} ms with raster")  # noqa: T201


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("sheets", nargs="*", help=f"of {', '.join(SHEETS)}; all without")
    parser.add_argument("--characters", default="", help="comma-separated keys; all without")
    parser.add_argument("--time", action="store_true", help="measure instead of rendering")
    arguments = parser.parse_args()
    keys = [key for key in arguments.characters.split(",") if key]
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = launch(playwright)
        if arguments.time:
            time_drawing(browser.new_page())
        for name in () if arguments.time else arguments.sheets or SHEETS:
            sheet = SHEETS[name]()
            for character in CHARACTERS:
                if keys and character.key not in keys:
                    continue
                page = browser.new_page(device_scale_factor=sheet.dpr)
                suffix = f"-{character.key}" if sheet.per_character else ""
                render(sheet, character, arguments.folder / f"{name}{suffix}.png", page)
                page.close()
                if not sheet.per_character:
                    break
        browser.close()


if __name__ == "__main__":
    main()
