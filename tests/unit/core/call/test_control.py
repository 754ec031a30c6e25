"""Control messages: round trips, unknown types, and any text at all."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona_core.errors import ControlError
from persona_core.face.emotions import Emotion
from persona_core.wire.control import (
    MAX_CHUNK_BYTES,
    MAX_CONTROL_BYTES,
    MAX_EXPRESSIONS,
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
    RecordingState,
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
names = st.builds(PortraitName, digests, st.integers(1, MAX_PORTRAIT_BYTES))
portraits = st.tuples(st.none() | names)
sets = st.tuples(
    st.builds(PortraitName, digests, st.integers(1, MAX_PORTRAIT_BYTES // 2)),
    st.lists(
        st.builds(PortraitName, digests, st.integers(1, MAX_PORTRAIT_BYTES // 16)),
        max_size=MAX_EXPRESSIONS,
    ).map(tuple),
)
looks = st.tuples(avatars, portraits | sets).map(lambda look: (look[0], *look[1]))
hellos = st.tuples(st.integers(1, 1_000_000), st.text(max_size=64), looks).map(
    lambda said: Hello(said[0], said[1], *said[2])
)
changes = looks.map(lambda look: AvatarChange(*look))
counts = st.integers(0, 2**53 - 1)
messages = st.one_of(
    hellos,
    changes,
    st.builds(VoiceState, st.booleans()),
    st.builds(RecordingState, st.booleans()),
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


KNOWN_BEFORE_EXPRESSIONS = {"type", "wire", "app", "avatar", "portrait"}


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
                ("wire", "app", "avatar", "portrait", "expressions", "name", "intensity", "t0"),
                json_values,
            ),
        ).map(json.dumps),
    )
)
def test_parser_raises_only_control_errors_whatever_the_text(text: str) -> None:
    assert refusal(text) in (None, "bad-control")


def test_unknown_type_is_skipped_when_a_newer_peer_speaks() -> None:
    assert parse_control('{"type":"hologram","payload":[1,2]}') is None


@given(hellos | changes)
def test_page_that_knows_no_expressions_sees_the_portrait(message: Hello | AvatarChange) -> None:
    told = json.loads(encode_control(message))
    known = {name: told[name] for name in told if name in KNOWN_BEFORE_EXPRESSIONS}
    bare = replace(message, expressions=())
    assert parse_control(json.dumps(known)) == bare
    assert json.loads(encode_control(bare)) == known
    unknown = known | {"hologram": [1, {"size": -1}]}
    assert parse_control(json.dumps(unknown)) == bare, "a field that nobody knows is passed over"


def test_greeting_with_the_longest_names_leaves_room_for_the_longest_looks() -> None:
    name = PortraitName("f" * 64, 40_000)
    bare = encode_control(Hello(1_000_000, "x" * 64, {}, name))
    full = encode_control(Hello(1_000_000, "x" * 64, {}, name, (name,) * MAX_EXPRESSIONS))
    assert len(full) - len(bare) < 1_000


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
