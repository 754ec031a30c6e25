"""Quality, style and effects: what is shown, what is told, and what has no effect now."""

from __future__ import annotations

import pytest
from pytest_pyodide import run_in_pyodide

pytestmark = pytest.mark.usefixtures("fresh_room")


@run_in_pyodide
def test_quality_picker_shows_the_automatic_level_when_nothing_is_pinned(selenium):
    from testbed.hearing import Hearing
    from testbed.rooms import by_id

    from persona_core.graphics.modes import RenderQuality
    from persona_web.bridge.page import Page, Strings
    from persona_web.ui.graphics.picture_panel import QualityPicker

    text, hearing = Strings().text, Hearing()
    picker = QualityPicker(Page(), Strings(), hearing.note)
    radios = {radio.value: radio for radio in by_id("qualities").querySelectorAll("input")}
    assert list(radios) == ["auto", "low", "medium", "high", "ultra"]

    picker.show(None, RenderQuality.MEDIUM)
    now = by_id("quality-now").textContent
    assert radios["auto"].checked
    assert now == text("quality.now-automatic", what=text("quality.medium"))

    radios["ultra"].click()
    radios["auto"].click()
    assert hearing.events == [(RenderQuality.ULTRA,), (None,)]

    picker.show(RenderQuality.LOW, RenderQuality.LOW)
    assert radios["low"].checked
    pinned = text("quality.now-pinned", what=text("quality.low"))
    assert by_id("quality-now").textContent == pinned


@run_in_pyodide
def test_effects_tell_the_whole_setting_when_one_of_them_is_changed(selenium):
    import js
    from testbed.hearing import Hearing
    from testbed.rooms import by_id

    from persona_core.graphics.effects import EffectSettings, EffectStyle
    from persona_web.bridge.page import Page, Strings
    from persona_web.ui.graphics.effect_controls import EffectControls, EffectsView

    hearing = Hearing()
    controls = EffectControls(Page(), Strings(), hearing.note)
    controls.show(EffectsView(EffectSettings(blur=0.25), None))
    assert by_id("effect-blur").value == "25"
    assert by_id("effect-blur-value").textContent == Strings().text("figure.percent", value="25")
    assert by_id("effect-strength").disabled, "of no style there is no strength"

    by_id("effect-styles").querySelector("[value=watercolour]").click()
    watercolour = EffectSettings(style=EffectStyle.WATERCOLOUR, blur=0.25)
    assert hearing.events == [(watercolour,)]
    assert not by_id("effect-strength").disabled

    slider = by_id("effect-sharpen")
    slider.value = "60"
    slider.dispatchEvent(js.Event.new("input"))
    [settings] = hearing.events[-1]
    expected = EffectSettings(style=EffectStyle.WATERCOLOUR, blur=0.25, sharpen=0.6)
    assert settings == expected
    assert by_id("effect-sharpen-value").textContent == Strings().text("figure.percent", value="60")


# What hinders: which of style, strength, blur and sharpen can be set.
OBSTACLES = [
    (None, [True, True, True, True]),
    ("NO_BACKGROUND", [True, True, False, True]),
    ("NO_GPU", [False, False, False, False]),
    ("TOO_SLOW", [True, True, True, True]),
]


@pytest.mark.parametrize(("obstacle", "possible"), OBSTACLES)
@run_in_pyodide
def test_effects_are_disabled_with_the_reason_when_they_would_do_nothing(
    selenium, obstacle, possible
):
    from testbed.rooms import by_id

    from persona_core.graphics.effects import EffectSettings, EffectStyle
    from persona_web.bridge.page import Page, Strings
    from persona_web.ui.graphics.effect_controls import EffectControls, EffectsView, Obstacle

    hindrance = None if obstacle is None else Obstacle[obstacle]
    controls = EffectControls(Page(), Strings(), lambda settings: None)
    controls.show(EffectsView(EffectSettings(style=EffectStyle.CARTOON), hindrance))

    styles = by_id("effect-styles").querySelectorAll("input")
    sliders = [by_id(f"effect-{name}") for name in ("strength", "blur", "sharpen")]
    can_style = {not radio.disabled for radio in styles}
    assert can_style == {possible[0]}
    assert [not slider.disabled for slider in sliders] == possible[1:]
    sentence = "" if hindrance is None else Strings().text(f"effects.{hindrance.value}")
    assert by_id("effects-reason").textContent == sentence


@run_in_pyodide
def test_suggestion_counts_down_and_hears_the_answer_when_a_rung_is_suggested(selenium):
    from testbed.hearing import Hearing
    from testbed.rooms import by_id, shown

    from persona_core.graphics.ladder_commands import Reason, Suggest
    from persona_core.graphics.modes import Rung
    from persona_web.bridge.page import Page, Strings
    from persona_web.ui.graphics.suggestion_bar import SuggestionBar

    text, hearing = Strings().text, Hearing()
    bar = SuggestionBar(
        Page(), Strings(), lambda: hearing.note("accept"), lambda: hearing.note("refuse")
    )
    bar.step(None, 0.0)
    assert not shown("suggestion")

    suggestion = Suggest(Rung.CANVAS, Reason.SLOW, 11_000.0)
    countdown = {}
    for now_ms in (1_000.0, 1_400.0, 10_999.0, 12_000.0):
        bar.step(suggestion, now_ms)
        countdown[now_ms] = by_id("suggestion-countdown").textContent
    assert shown("suggestion")
    assert by_id("suggestion-text").textContent == text("ladder.suggestion")
    said = by_id("suggestion-told").textContent
    assert said == text("ladder.countdown", seconds=10), "once, for those who cannot see it"
    seconds = {1_000.0: 10, 1_400.0: 10, 10_999.0: 1, 12_000.0: 0}
    assert countdown == {
        now_ms: text("ladder.countdown", seconds=left) for now_ms, left in seconds.items()
    }

    by_id("suggestion-keep").click()
    by_id("suggestion-switch").click()
    assert [kind for (kind,) in hearing.events] == ["refuse", "accept"]
    bar.step(None, 12_500.0)
    assert not shown("suggestion")
    assert by_id("suggestion-text").textContent == ""
