"""What the person chose for drawing: mode, quality, effects; kept between visits.

``?gpu=webgl`` in a page's address (any value of :class:`~persona_core.graphics.modes.GPUMode`)
holds for that visit and is not kept: for tests, and for helping people over the phone.
"""

from __future__ import annotations

import json
from enum import Enum
from typing import Final, TypeVar
from urllib.parse import parse_qs, urlsplit

from persona_core.base.ports import Storage
from persona_core.errors import EffectError
from persona_core.graphics.effects import EffectSettings
from persona_core.graphics.modes import GPUMode, RenderQuality

MODE_KEY: Final = "gpu.mode"
QUALITY_KEY: Final = "gpu.quality"
EFFECTS_KEY: Final = "gpu.effects"
PARAMETER: Final = "gpu"

Value = TypeVar("Value", bound=Enum)


class GraphicsChoice:
    """The choices, as they were kept or as they are at first.

    Args:
        storage: keeps them; without one nothing is kept.
        address: the page's, for its parameter.
        mode: in place of the one kept.

    Attributes:
        mode: what may be drawn with.
        quality: the one pinned; None follows the machine.
        effects: the person's; their ``taps`` mean nothing, for quality decides them.
    """

    def __init__(
        self,
        storage: Storage | None = None,
        address: str = "",
        mode: GPUMode | None = None,
    ) -> None:
        self._storage = storage
        asked = parse_qs(urlsplit(address).query).get(PARAMETER, [""])[-1]
        kept = _member(GPUMode, self._read(MODE_KEY))
        self.mode = mode or _member(GPUMode, asked.lower()) or kept or GPUMode.AUTO
        self.quality = _member(RenderQuality, self._read(QUALITY_KEY))
        self.effects = _effects(self._read(EFFECTS_KEY))

    def choose_mode(self, mode: GPUMode) -> None:
        self.mode = mode
        self._keep(MODE_KEY, mode.value)

    def pin_quality(self, quality: RenderQuality | None) -> None:
        self.quality = quality
        self._keep(QUALITY_KEY, "" if quality is None else quality.value)

    def choose_effects(self, effects: EffectSettings) -> None:
        self.effects = effects
        self._keep(EFFECTS_KEY, json.dumps(effects.to_dict()))

    def _read(self, key: str) -> str:
        return (self._storage.get(key) if self._storage else None) or ""

    def _keep(self, key: str, value: str) -> None:
        if self._storage is not None:
            self._storage.set(key, value)


def _member(kind: type[Value], text: str) -> Value | None:
    return next((member for member in kind if member.value == text), None)


def _effects(text: str) -> EffectSettings:
    try:
        return EffectSettings.from_dict(json.loads(text))
    except (EffectError, ValueError, RecursionError):
        return EffectSettings()
