"""What the probe's data comes to, however odd they are."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona_core.graphics.capabilities import Capabilities
from persona_core.graphics.modes import OWN_RUNGS, REFUGES, GPUMode, Rung

PROBE = {
    "webgpu": {
        "api": True,
        "adapter": True,
        "info": {"vendor": "google", "architecture": "swiftshader", "device": "", "other": 3},
        "limits": {"maxTextureDimension2D": 8192, "maxBufferSize": float("nan")},
        "features": ["shader-f16", "timestamp-query", 7],
        "software": True,
    },
    "webgl": {"context": True, "renderer": "R" * 999, "maxTexture": 4096.0, "software": False},
    "wasm": True,
    "wasmSimd": True,
    "wasmThreads": True,
    "isolated": True,
    "cores": 8,
    "memoryGb": 4,
}


def test_capabilities_hold_what_a_probe_found_when_it_found_everything() -> None:
    found = Capabilities.from_probe(PROBE)

    assert found.webgpu.error is None
    assert dict(found.webgpu.info) == {"vendor": "google", "architecture": "swiftshader"}
    assert dict(found.webgpu.limits) == {"maxTextureDimension2D": 8192}
    assert found.has_half_floats
    assert found.webgpu.software
    assert found.webgl.max_texture == 4096
    assert len(found.webgl.renderer) == 200
    assert (found.cores, found.memory_gb, found.isolated) == (8, 4.0, True)
    assert found.wasm_simd
    assert found.wasm_threads
    status = found.webgpu_status
    assert (status.is_supported, status.fallback_mode, status.error) == (True, None, None)


@pytest.mark.parametrize(
    ("webgpu", "error"),
    [
        ({"api": False}, "webgpu-missing"),
        ({}, "webgpu-missing"),
        ({"api": True, "adapter": False}, "webgpu-no-adapter"),
        ({"api": True, "adapter": False, "error": "it broke"}, "webgpu-error"),
    ],
)
def test_capabilities_say_why_there_is_no_webgpu_when_there_is_none(
    webgpu: dict[str, object], error: str
) -> None:
    found = Capabilities.from_probe({"webgpu": webgpu, "webgl": {"context": True}})

    assert found.webgpu_status.error == error
    assert found.webgpu_status.fallback_mode is GPUMode.WEBGL
    assert found.lack_of(Rung.WEBGPU) == error
    assert found.lack_of(Rung.NEURAL_WEBGPU) == error
    assert {mode: found.lack_of_mode(mode) for mode in GPUMode} == {
        GPUMode.AUTO: None,
        GPUMode.WEBGPU: error,
        GPUMode.WEBGL: None,
        GPUMode.CPU: None,
    }


def test_capabilities_leave_the_canvas_when_nothing_else_is_there() -> None:
    found = Capabilities.from_probe({})

    assert [rung for rung in Rung if found.lack_of(rung) is None] == [
        Rung.SERVER,
        Rung.CANVAS,
        Rung.STILL,
    ]
    assert found.lack_of_mode(GPUMode.WEBGL) == "webgl-missing"
    assert found.lack_of_mode(GPUMode.AUTO) is None
    assert found.webgpu_status.fallback_mode is GPUMode.CPU


def test_capabilities_were_not_probed_when_nobody_probed() -> None:
    assert Capabilities().webgpu.error == "not-probed"
    assert Capabilities().webgl.error == "not-probed"


oddities = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=12,
)
odd_probes = st.fixed_dictionaries(
    {},
    optional={
        "webgpu": oddities
        | st.fixed_dictionaries({}, optional=dict.fromkeys(PROBE["webgpu"], oddities)),
        "webgl": oddities
        | st.fixed_dictionaries({}, optional=dict.fromkeys(PROBE["webgl"], oddities)),
    }
    | dict.fromkeys(["wasm", "wasmSimd", "wasmThreads", "isolated", "cores", "memoryGb"], oddities),
)


@given(oddities | odd_probes)
def test_capabilities_bear_whatever_a_browser_answers(probe: object) -> None:
    found = Capabilities.from_probe(probe)

    assert found.cores >= 1
    assert found.memory_gb is None or found.memory_gb > 0
    assert found.lack_of(Rung.CANVAS) is found.lack_of(Rung.STILL) is None
    json.dumps(found.to_dict(), allow_nan=False)


@pytest.mark.parametrize("mode", GPUMode)
def test_mode_ends_on_canvas_and_still_and_names_its_rungs_in_order_for_every_mode(
    mode: GPUMode,
) -> None:
    rungs = OWN_RUNGS[mode] + REFUGES[mode]

    assert list(rungs) == sorted(rungs, key=list(Rung).index)
    assert rungs[-2:] == (Rung.CANVAS, Rung.STILL)
    assert len(set(rungs)) == len(rungs)


def test_rungs_stand_in_order_when_compared() -> None:
    assert Rung.WEBGPU.is_above(Rung.WEBGL)
    assert not Rung.WEBGL.is_above(Rung.WEBGL)
    assert not Rung.CANVAS.is_above(Rung.WEBGL)
    assert [rung.api for rung in Rung] == ["2d", "webgpu", "2d", "webgpu", "webgl2", "2d", "2d"]
