"""Control messages: round trips, unknown types, and any text at all."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona_core.errors import ControlError
from persona_core.face.emotions import Emotion
from persona_core.wire.control import (
    MAX_CHUNK_BYTES,
    MAX_CONTROL_BYTES,
    MAX_PORTRAIT_BYTES,
    AvatarChange,
    Bye,
    ClockPing,
    ClockPong,
    CodeCommitment,
    CodeNumber,
    ControlMessage,
    EmotionChange,
    Hello,
    PortraitChunk,
    PortraitName,
    PortraitWanted,
    Reception,
    VoiceState,
    encode_control,
    parse_control,
)

times = st.floats(allow_nan=False, allow_infinity=False)
avatars = st.dictionaries(
    st.text(max_size=10), st.text(max_size=10) | st.integers() | st.lists(times), max_size=5
)
digests = st.from_regex(r"[0-9a-f]{64}", fullmatch=True)
offsets = st.integers(0, MAX_PORTRAIT_BYTES - 1)
portraits = st.none() | st.builds(PortraitName, digests, st.integers(1, MAX_PORTRAIT_BYTES))
counts = st.integers(0, 2**53 - 1)
messages = st.one_of(
    st.builds(Hello, st.integers(1, 1_000_000), st.text(max_size=64), avatars, portraits),
    st.builds(AvatarChange, avatars, portraits),
    st.builds(VoiceState, st.booleans()),
    st.builds(Reception, counts, counts, st.booleans()),
    st.builds(PortraitWanted, digests, offsets),
    st.builds(PortraitChunk, digests, offsets, st.binary(min_size=1, max_size=MAX_CHUNK_BYTES)),
    st.builds(EmotionChange, st.none() | st.sampled_from(Emotion), st.floats(0.0, 1.0)),
    st.builds(ClockPing, times),
    st.builds(ClockPong, times, times, times),
    st.builds(CodeCommitment, st.binary(min_size=32, max_size=32)),
    st.builds(CodeNumber, st.binary(min_size=16, max_size=16)),
    st.builds(Bye, st.booleans()),
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def refusal(text: str) -> str | None:
    """The code of the refusal; None when the text was taken."""
    try:
        parse_control(text)
    except ControlError as error:
        return error.code
    return None


@given(messages)
def test_message_survives_the_round_trip_whatever_it_says(message: ControlMessage) -> None:
    assert parse_control(encode_control(message)) == message


@given(
    st.one_of(
        st.text(),
        json_values.map(json.dumps),
        st.fixed_dictionaries(
            {"type": st.sampled_from(["hello", "avatar", "emotion", "ping", "pong", "bye", "new"])},
            optional=dict.fromkeys(
                ("wire", "app", "avatar", "name", "intensity", "t0"), json_values
            ),
        ).map(json.dumps),
    )
)
def test_parser_raises_only_control_errors_whatever_the_text(text: str) -> None:
    assert refusal(text) in (None, "bad-control")


def test_unknown_type_is_skipped_when_a_newer_peer_speaks() -> None:
    assert parse_control('{"type":"hologram","payload":[1,2]}') is None


@pytest.mark.parametrize(
    "text",
    [
        "x" * (MAX_CONTROL_BYTES + 1),
        '{"type":"avatar","avatar":{"a":"' + "가" * 6_000 + '"}}',
        '{"type":"avatar","avatar":' + '{"a":' * 40 + "1" + "}" * 41,
        '{"type":"ping","t0":1e400}',
        '{"type":"ping","t0":' + "9" * 400 + "}",
        '{"type":"hello","wire":0}',
    ],
)
def test_message_is_refused_when_it_is_too_large_too_deep_or_out_of_range(text: str) -> None:
    with pytest.raises(ControlError):
        parse_control(text)
