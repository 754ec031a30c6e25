"""Messages of and about people: round trips, and any text at all."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona_core.errors import ControlError
from persona_core.wire.control import ControlMessage, encode_control, parse_control
from persona_core.wire.host_messages import (
    MAX_ADMITTED,
    MAX_HEIRS,
    MAX_REMOVED,
    MuteRequest,
    RoomRules,
    Succession,
    Will,
)
from persona_core.wire.people_messages import (
    MAX_CHAT,
    ChatMessage,
    FaceSource,
    NameChange,
    Presence,
    Reaction,
    ReactionKind,
    clean_chat,
)
from persona_core.wire.person_name import clean_name

keys = st.binary(min_size=65, max_size=65)
serials = st.integers(1, 2**53 - 1)
signatures = st.binary(min_size=64, max_size=64)
people = st.from_regex(r"[A-Za-z0-9_-]{22}", fullmatch=True)
wills = st.lists(st.builds(Will, keys, serials, signatures), max_size=MAX_HEIRS).map(tuple)
lines = st.text(min_size=1, max_size=MAX_CHAT).map(clean_chat).filter(bool)
messages = st.one_of(
    st.builds(NameChange, st.text(max_size=60).map(clean_name)),
    st.builds(Presence, st.sampled_from(FaceSource), st.booleans()),
    st.builds(ChatMessage, lines, st.booleans()),
    st.builds(Reaction, st.sampled_from(ReactionKind)),
    st.builds(Succession, keys, st.binary(min_size=16, max_size=16), wills),
    st.builds(
        RoomRules,
        keys,
        serials,
        st.booleans(),
        st.lists(people, max_size=MAX_ADMITTED).map(tuple),
        st.lists(people, max_size=MAX_REMOVED).map(tuple),
        signatures,
    ),
    st.just(MuteRequest()),
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | people,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
KINDS = ["name", "presence", "chat", "reaction", "succession", "room-rules", "mute-request"]
FIELDS = (
    *("name", "source", "hand", "text", "private", "founder", "nonce", "wills", "signer"),
    *("serial", "locked", "admitted", "removed", "signature"),
)


@given(messages)
def test_message_survives_the_round_trip_whatever_it_says(message: ControlMessage) -> None:
    assert parse_control(encode_control(message)) == message


@given(
    st.fixed_dictionaries(
        {"type": st.sampled_from(KINDS)}, optional=dict.fromkeys(FIELDS, json_values)
    )
)
def test_parser_raises_only_control_errors_whatever_the_fields(fields: dict[str, object]) -> None:
    with suppress(ControlError):
        parse_control(json.dumps(fields))


@pytest.mark.parametrize("piece", ["x", "\U0001f600", '"', "\\", "\n.", "한"])
def test_longest_line_can_be_sent_whatever_it_is_made_of(piece: str) -> None:
    line = clean_chat(piece * MAX_CHAT)
    assert parse_control(encode_control(ChatMessage(line))) == ChatMessage(line)


@given(st.text(alphabet=st.characters(), max_size=300))
def test_clean_chat_has_no_control_characters_and_stays_as_it_is_when_cleaned_again(
    text: str,
) -> None:
    line = clean_chat(text)
    assert clean_chat(line) == line
    assert len(line) <= MAX_CHAT
    assert not set(line) & set("\x00\x1b\x7f\r\u202e\u2066\u2069\u200f\ud800")


def test_line_keeps_its_markup_and_its_line_breaks_when_it_is_cleaned() -> None:
    assert clean_chat(" <b>hi</b>\r\n\tthere\u202e ") == "<b>hi</b>\n\tthere"


@pytest.mark.parametrize(
    "said",
    [
        {"type": "name", "name": "x" * 10_000},
        {"type": "name"},
        {"type": "presence", "source": 3},
        {"type": "presence", "source": "camera", "hand": "yes"},
        {"type": "chat", "text": "x" * (MAX_CHAT + 1)},
        {"type": "succession", "founder": "A" * 87, "nonce": "A" * 22, "wills": [{}] * 9},
        {"type": "room-rules", "signer": "A" * 88, "serial": 1},
    ],
)
def test_message_is_refused_when_a_field_is_of_no_use(said: dict[str, object]) -> None:
    with pytest.raises(ControlError):
        parse_control(json.dumps(said))


def test_what_a_newer_page_may_say_is_skipped_or_taken_for_less() -> None:
    assert parse_control('{"type":"reaction","name":"fireworks"}') is None
    assert parse_control('{"type":"chat","text":" \\u202e "}') is None
    assert parse_control('{"type":"presence","source":"hologram"}') == Presence(FaceSource.OFF)
