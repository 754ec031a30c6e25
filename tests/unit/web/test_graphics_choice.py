"""What the person chose for drawing comes back, and nothing else does."""

from __future__ import annotations

import pytest

from persona_core.graphics.effects import EffectSettings, EffectStyle
from persona_core.graphics.modes import GPUMode, RenderQuality
from persona_web.view.graphics_choice import EFFECTS_KEY, MODE_KEY, QUALITY_KEY, GraphicsChoice


class Shelf:
    """A storage."""

    def __init__(self, **kept: str) -> None:
        self.kept = dict(kept)

    def get(self, key: str) -> str | None:
        return self.kept.get(key)

    def set(self, key: str, value: str) -> bool:
        self.kept[key] = value
        return True

    def remove(self, key: str) -> None:
        self.kept.pop(key, None)


def test_choice_is_automatic_and_plain_when_nothing_was_chosen() -> None:
    choice = GraphicsChoice(Shelf(), "https://example.org/room-v3/")

    assert (choice.mode, choice.quality) == (GPUMode.AUTO, None)
    assert choice.effects.is_plain


def test_choice_comes_back_when_it_was_made_before() -> None:
    shelf = Shelf()
    choice = GraphicsChoice(shelf)
    effects = EffectSettings(EffectStyle.PIXEL, strength=0.5, blur=0.25)
    choice.choose_mode(GPUMode.WEBGL)
    choice.pin_quality(RenderQuality.LOW)
    choice.choose_effects(effects)

    again = GraphicsChoice(shelf)

    assert (again.mode, again.quality, again.effects) == (
        GPUMode.WEBGL,
        RenderQuality.LOW,
        effects,
    )
    again.pin_quality(None)
    assert GraphicsChoice(shelf).quality is None


@pytest.mark.parametrize("junk", ["", "null", "[]", '{"style": "oil"}', "[" * 100_000, "gpu"])
def test_choice_is_as_at_first_when_what_was_kept_means_nothing(junk: str) -> None:
    choice = GraphicsChoice(Shelf(**{MODE_KEY: junk, QUALITY_KEY: junk, EFFECTS_KEY: junk}))

    assert (choice.mode, choice.quality) == (GPUMode.AUTO, None)
    assert choice.effects == EffectSettings()


@pytest.mark.parametrize(
    ("query", "mode"),
    [
        ("?gpu=webgpu", GPUMode.WEBGPU),
        ("?gpu=CPU#room=abc&key=gpu", GPUMode.CPU),
        ("?a=1&gpu=auto", GPUMode.AUTO),
        ("?gpu=quantum", GPUMode.WEBGL),
        ("?gpu=", GPUMode.WEBGL),
        ("#gpu=cpu", GPUMode.WEBGL),
    ],
)
def test_address_holds_for_this_visit_when_it_names_a_mode(query: str, mode: GPUMode) -> None:
    shelf = Shelf(**{MODE_KEY: "webgl"})

    assert GraphicsChoice(shelf, f"https://example.org/room-v3/{query}").mode is mode
    assert shelf.kept == {MODE_KEY: "webgl"}


def test_choice_holds_for_the_visit_when_there_is_no_storage() -> None:
    choice = GraphicsChoice(mode=GPUMode.WEBGL, address="https://example.org/?gpu=cpu")

    assert choice.mode is GPUMode.WEBGL
    choice.choose_mode(GPUMode.AUTO)
    assert choice.mode is GPUMode.AUTO
