"""Choosing how the picture is drawn: what is said of each way, and what cannot be chosen."""

from __future__ import annotations

import pytest
from pytest_pyodide import run_in_pyodide

pytestmark = pytest.mark.usefixtures("fresh_room")


@run_in_pyodide
def test_picker_says_where_it_stands_and_why_when_it_is_shown(selenium):
    from testbed.rooms import by_id

    from persona_core.graphics.modes import GPUMode, Rung
    from persona_web.bridge.page import Page, Strings
    from persona_web.ui.graphics.gpu_mode_picker import GPUModePicker, GPUModeView

    text = Strings().text
    picker = GPUModePicker(Page(), Strings(), lambda mode: None)
    assert by_id("gpu-now").textContent == text("gpu.finding")

    reason = "webgpu-no-adapter"
    picker.show(GPUModeView(GPUMode.AUTO, Rung.WEBGL, reason, {GPUMode.WEBGPU: reason}))
    why = text(f"gpu.reason.{reason}")
    assert why != f"gpu.reason.{reason}"
    now = by_id("gpu-now").textContent
    assert now == text("gpu.now-because", what=text("gpu.rung.webgl"), why=why)

    picker.show(GPUModeView(GPUMode.WEBGL, Rung.WEBGL, None, {}))
    assert by_id("gpu-now").textContent == text("gpu.now", what=text("gpu.rung.webgl"))
    checked = by_id("gpu-modes").querySelectorAll("input:checked")
    assert [radio.value for radio in checked] == ["webgl"]


@run_in_pyodide
def test_picker_disables_a_mode_with_its_reason_when_it_cannot_be_had(selenium):
    from testbed.hearing import Hearing
    from testbed.rooms import by_id

    from persona_core.graphics.modes import GPUMode, Rung
    from persona_web.bridge.page import Page, Strings
    from persona_web.ui.graphics.gpu_mode_picker import GPUModePicker, GPUModeView

    text, hearing = Strings().text, Hearing()
    picker = GPUModePicker(Page(), Strings(), hearing.note)
    lacks = {GPUMode.WEBGPU: "webgpu-missing", GPUMode.WEBGL: "webgl-missing"}
    picker.show(GPUModeView(GPUMode.AUTO, Rung.CANVAS, "webgl-missing", lacks))

    radios = {radio.value: radio for radio in by_id("gpu-modes").querySelectorAll("input")}
    assert [value for value, radio in radios.items() if radio.disabled] == ["webgpu", "webgl"]
    said = by_id("gpu-field").getAttribute("aria-describedby").split()
    for mode, lack in lacks.items():
        reason = by_id(f"gpu-reason-{mode.value}")
        assert reason.textContent == text("gpu.unavailable", why=text(f"gpu.reason.{lack}"))
        assert reason.id in said
        radios[mode.value].click()
    assert hearing.events == []
    radios["cpu"].click()
    assert hearing.events == [(GPUMode.CPU,)]

    picker.show(GPUModeView(GPUMode.CPU, Rung.CANVAS, None, {}))
    assert [radio.value for radio in radios.values() if radio.disabled] == []
    assert by_id("gpu-reason-webgpu").textContent == ""


@run_in_pyodide
def test_every_reason_of_the_core_has_words_when_it_is_looked_up(selenium):
    from persona_core.graphics import capabilities
    from persona_core.graphics.ladder_commands import Reason
    from persona_core.graphics.metrics import PerformanceWarning
    from persona_core.graphics.modes import GPUMode, RenderQuality, Rung
    from persona_web.bridge.page import Strings
    from persona_web.ui.words import gpu_mode_key, gpu_reason_key, quality_key, rung_key

    lacks = (
        capabilities.NO_API,
        capabilities.NO_ADAPTER,
        capabilities.WEBGPU_ERROR,
        capabilities.WEBGL_MISSING,
        capabilities.MODEL_MISSING,
        capabilities.WASM_MISSING,
        capabilities.NOT_PROBED,
    )
    keys = [
        *(gpu_reason_key(code) for code in lacks),
        *(gpu_reason_key(reason.value) for reason in Reason),
        *(f"gpu.warning.{warning.value}" for warning in PerformanceWarning),
        *(rung_key(rung) for rung in Rung),
        *(gpu_mode_key(mode) for mode in GPUMode),
        *(f"{gpu_mode_key(mode)}-detail" for mode in GPUMode),
        *(quality_key(level.value) for level in RenderQuality),
    ]
    assert [key for key in keys if Strings().text(key) == key] == []
