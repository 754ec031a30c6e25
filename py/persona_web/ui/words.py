"""Keys of the catalogue for the things that have a name in the core."""

from __future__ import annotations

from enum import StrEnum

from persona_core.face.emotions import Emotion
from persona_core.face.params import Gesture
from persona_core.graphics.modes import GPUMode, Rung


def emotion_key(emotion: Emotion) -> str:
    """``emotion.joy``."""
    return f"emotion.{emotion}"


def gesture_key(gesture: Gesture) -> str:
    """``gesture.thumb-up``."""
    return f"gesture.{gesture.name.lower().replace('_', '-')}"


def gpu_mode_key(mode: GPUMode) -> str:
    """``gpu.webgl``."""
    return f"gpu.{mode.value}"


def rung_key(rung: Rung) -> str:
    """``gpu.rung.webgl``."""
    return f"gpu.rung.{rung.value}"


def gpu_reason_key(code: str) -> str:
    """``gpu.reason.slow``, a clause that says why."""
    return f"gpu.reason.{code}"


def quality_key(level: str) -> str:
    """``quality.high``, for the value of a ``RenderQuality`` or ``auto``."""
    return f"quality.{level}"


def effect_style_key(style: str) -> str:
    """``effects.cartoon``."""
    return f"effects.{style}"


def model_step_key(step: str) -> str:
    """``model.step.download``, what loading a neural model is at."""
    return f"model.step.{step}"


def field_key(field: str) -> str:
    """``look.hair-colour``, for a field of ``AvatarStyle``."""
    return f"look.{_dashed(field)}"


def choice_key(field: str, choice: StrEnum) -> str:
    """``look.hair.long-bangs``, for a choice of a field."""
    return f"{field_key(field)}.{_dashed(choice)}"


def _dashed(word: str) -> str:
    return word.replace("_", "-")
