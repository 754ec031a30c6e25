"""Settings of effects: what is a choice and what is nonsense."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona_core.errors import EffectError
from persona_core.graphics.effects import MOST_TAPS, EffectSettings, EffectStyle

SHARES = st.floats(0.0, 1.0)
SETTINGS = st.builds(
    EffectSettings,
    style=st.sampled_from(EffectStyle),
    strength=SHARES,
    blur=SHARES,
    sharpen=SHARES,
    taps=st.integers(0, MOST_TAPS),
)


@given(SETTINGS)
def test_settings_are_the_same_when_written_and_read(settings: EffectSettings) -> None:
    assert EffectSettings.from_dict(json.loads(json.dumps(settings.to_dict()))) == settings


def test_settings_take_defaults_and_ignore_the_unknown_when_read() -> None:
    read = EffectSettings.from_dict({"style": "cartoon", "sparkle": 3})
    assert read == EffectSettings(style=EffectStyle.CARTOON)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("style", "oil"),
        ("style", None),
        ("style", ["pixel"]),
        ("strength", -0.01),
        ("strength", float("nan")),
        ("blur", 1.5),
        ("blur", "1"),
        ("sharpen", True),
        ("sharpen", None),
        ("taps", 4),
        ("taps", -1),
        ("taps", 1.0),
        ("taps", True),
    ],
)
def test_settings_refuse_a_field_when_it_means_nothing(field: str, value: Any) -> None:
    with pytest.raises(EffectError, match=field):
        EffectSettings.from_dict({field: value})


@pytest.mark.parametrize("data", [None, [], "cartoon", 3])
def test_settings_refuse_data_when_it_is_no_object(data: object) -> None:
    with pytest.raises(EffectError, match="object"):
        EffectSettings.from_dict(data)


@given(
    st.dictionaries(
        st.sampled_from(["style", "strength", "blur", "sharpen", "taps", "other"]),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.none()),
    )
)
def test_settings_are_whole_or_refused_when_the_data_is_hostile(data: dict[str, Any]) -> None:
    try:
        settings = EffectSettings.from_dict(data)
    except EffectError:
        return
    assert EffectSettings.from_dict(settings.to_dict()) == settings


@pytest.mark.parametrize(
    ("settings", "plain"),
    [
        (EffectSettings(), True),
        (EffectSettings(taps=0), True),
        (EffectSettings(style=EffectStyle.PIXEL, strength=0.0), True),
        (EffectSettings(style=EffectStyle.PIXEL, strength=0.1), False),
        (EffectSettings(blur=0.1), False),
        (EffectSettings(sharpen=0.1), False),
    ],
)
def test_settings_are_plain_when_nothing_changes_the_picture(
    settings: EffectSettings, plain: bool
) -> None:
    assert settings.is_plain is plain
    assert settings.with_taps(3) == EffectSettings(**{**settings.to_dict(), "taps": 3})
