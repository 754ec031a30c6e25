"""The laboratory's own parts: the ladder's log, the probe's table, the grid of rungs."""

from __future__ import annotations

import pytest
from pytest_pyodide import run_in_pyodide

pytestmark = pytest.mark.usefixtures("fresh_room")


@run_in_pyodide
async def test_log_grows_by_a_line_a_change_when_the_ladder_moves(selenium):
    from testbed.laboratories import laboratory

    from persona_core.graphics.ladder_commands import LadderEntry, Reason
    from persona_core.graphics.modes import Rung
    from persona_web.bridge.page import Page, Strings
    from persona_web.ui.graphics.laboratory import LadderLog

    text = Strings().text
    webgl, canvas = text("gpu.rung.webgl"), text("gpu.rung.canvas")
    lost, slow = text("gpu.reason.context-lost"), text("gpu.reason.slow")
    entries = (
        LadderEntry(1_234.0, None, Rung.WEBGL, Reason.BEGIN),
        LadderEntry(5_000.0, Rung.WEBGL, Rung.WEBGL, Reason.CONTEXT_LOST, "CONTEXT_LOST_WEBGL"),
        LadderEntry(9_000.0, Rung.WEBGL, Rung.CANVAS, Reason.SLOW),
    )
    lines = [
        text("ladder.entry-begin", time="1.2", to=webgl),
        text("ladder.entry-again", time="5.0", to=webgl, why=lost) + "CONTEXT_LOST_WEBGL",
        text("ladder.entry", time="9.0", left=webgl, to=canvas, why=slow),
    ]
    async with laboratory("ladder-log", "ladder-empty") as node:
        log = LadderLog(Page(), Strings())
        empty = node.querySelector("#ladder-empty")
        log.show(())
        assert not empty.hidden
        log.show(entries[:2])
        assert empty.hidden
        first = node.querySelector("li")
        log.show(entries)
        assert [line.textContent for line in node.querySelectorAll("li")] == lines
        assert node.querySelector("li") == first, "old lines would be said again"
        log.show(entries[1:])  # the oldest has fallen out of the ladder's memory
        assert [line.textContent for line in node.querySelectorAll("li")] == lines[1:]


@run_in_pyodide
async def test_probe_says_what_is_there_and_why_not_when_something_is_missing(selenium):
    from testbed.laboratories import laboratory

    from persona_core.graphics.capabilities import Capabilities
    from persona_web.bridge.page import Page, Strings
    from persona_web.ui.graphics.laboratory import ProbeTable

    text = Strings().text
    found = Capabilities.from_probe(
        {
            "webgpu": {"api": True, "adapter": False},
            "webgl": {"context": True, "renderer": "A card", "maxTexture": 8192},
            "cores": 8,
            "wasmSimd": True,
        }
    )
    async with laboratory("probe", "probe-row") as node:
        ProbeTable(Page(), Strings(), found)
        rows = {
            row.querySelector("th").textContent: row.querySelector("td").textContent
            for row in node.querySelectorAll("tr")
        }
    why = text("gpu.reason.webgpu-no-adapter")
    expected = {
        "webgpu": text("lab.probe-no", why=why),
        "webgl": text("lab.probe-yes"),
        "renderer": "A card",
        "texture": text("lab.probe.pixels", value=8192),
        "simd": text("lab.probe-yes"),
        "threads": text("lab.probe-not"),
        "cores": "8",
        "memory": text("lab.probe-unknown"),
    }
    names = {name: text(f"lab.probe.{name}") for name in expected}
    assert {name: rows[names[name]] for name in expected} == expected
    assert text("lab.probe.adapter") not in rows, "of what is not there nothing is told"


@run_in_pyodide
async def test_grid_shows_what_can_be_shown_and_says_why_not_when_it_is_started(selenium):
    from testbed.laboratories import grid_of, laboratory

    from persona_core.face.params import FaceParams
    from persona_web.bridge.page import Strings

    text = Strings().text
    names = ("rung-grid", "grid-start", "grid-stop", "rung-cell")
    async with laboratory(*names) as node:
        grid, opened = await grid_of(node)
        node.querySelector("#grid-start").click()
        cells = list(node.querySelectorAll(".rung-cell"))
        assert len(cells) == 12
        captions = [cell.querySelector("figcaption").textContent for cell in cells]
        assert captions[5] == text(
            "lab.cell", mode=text("gpu.webgl"), style=text("effects.cartoon")
        )
        await opened.hear("opened", 5)
        modes = [mode.value for mode, _place in opened.all("opened")]
        assert modes == ["webgl"] * 4 + ["cpu"], "of this machine without WebGPU"
        face, now_ms = FaceParams(time_ms=0.0), 0.0

        def words():
            return [cell.querySelector(".rung-why").textContent for cell in cells]

        async with opened.frames() as next_frame:
            while any(words()[place] for place in (4, 5, 6, 7, 8)):
                now_ms = await next_frame()
                grid.step(face, now_ms)
        absent = text("lab.cell-unavailable", why=text("gpu.reason.webgpu-no-adapter"))
        plain = text("lab.cell-unavailable", why=text("lab.cell-no-effects"))
        assert words() == [absent] * 4 + [""] * 5 + [plain] * 3
        told = grid.report()
        assert [cell["rung"] for cell in told] == [None] * 4 + ["webgl"] * 4 + ["canvas"] + [
            None
        ] * 3

        node.querySelector("#grid-stop").click()
        assert not node.querySelector(".rung-cell")
        assert grid.report() == []
        grid.step(face, now_ms + 16.0)
