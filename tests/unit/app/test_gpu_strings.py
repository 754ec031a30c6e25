"""Whatever the graphics give a reason or a warning for, the catalogues have a sentence for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from persona_core.graphics import capabilities
from persona_core.graphics.effects import EffectStyle
from persona_core.graphics.ladder_commands import Reason
from persona_core.graphics.metrics import PerformanceWarning

STRINGS = Path(__file__).resolve().parents[3] / "app" / "strings"
LACKS = (
    capabilities.NO_API,
    capabilities.NO_ADAPTER,
    capabilities.WEBGPU_ERROR,
    capabilities.WEBGL_MISSING,
    capabilities.MODEL_MISSING,
    capabilities.SERVER_MISSING,
    capabilities.PORTRAIT_MISSING,
    capabilities.WASM_MISSING,
    capabilities.NOT_PROBED,
)
KEYS = [
    *(f"gpu.reason.{code}" for code in LACKS),
    *(f"gpu.reason.{reason.value}" for reason in Reason),
    *(f"gpu.warning.{warning.value}" for warning in PerformanceWarning),
    *(f"effects.{style.value}" for style in EffectStyle),
]


@pytest.mark.parametrize("language", ["en", "ko"])
def test_catalogue_has_a_sentence_when_the_graphics_have_something_to_say(language: str) -> None:
    sentences = json.loads((STRINGS / f"{language}.json").read_text("utf-8"))

    assert [key for key in KEYS if not sentences.get(key, "").strip()] == []
