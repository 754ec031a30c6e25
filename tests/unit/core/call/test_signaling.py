"""The signaling messages: round trips, and any text at all."""

from __future__ import annotations

import json
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.refusals import refusal

from persona_core.errors import SignalingError
from persona_core.wire.signaling import (
    CLOSE_CODES,
    MAX_MESSAGE_BYTES,
    MAX_ORDER,
    MAX_REMOVED,
    MAX_ROOM_SIZE,
    RELAY_KINDS,
    AskIceServers,
    AskRoom,
    ClientMessage,
    Closing,
    ErrorCode,
    ErrorMessage,
    HostOrder,
    IceServer,
    IceServers,
    Join,
    Leave,
    Limits,
    Member,
    PeerJoined,
    PeerLeft,
    Ping,
    Pong,
    Reject,
    Relay,
    RoomAnswer,
    ServerMessage,
    Welcome,
)
from persona_core.wire.signaling_json import (
    encode_client_message,
    encode_server_message,
    parse_client_message,
    parse_server_message,
)

rooms = st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True)
peers = st.from_regex(r"[A-Za-z0-9_-]{8,64}", fullmatch=True)
tokens = st.from_regex(r"[A-Za-z0-9_-]{16,64}", fullmatch=True)
codes = st.from_regex(r"[a-z0-9-]{1,40}", fullmatch=True)
orders = st.integers(0, MAX_ORDER)
packages = st.from_regex(r"[A-Za-z0-9_-]{1,600}", fullmatch=True)
members = st.builds(Member, peers, orders, peers, packages)
ice_urls = st.from_regex(r"(stun|turns):[a-z0-9.]{1,30}(:[0-9]{1,5})?", fullmatch=True)
ice_servers = st.builds(
    IceServers,
    st.lists(
        st.builds(
            IceServer,
            st.lists(ice_urls, max_size=3).map(tuple),
            st.text(max_size=20),
            st.text(max_size=20),
        ),
        max_size=3,
    ).map(tuple),
    st.integers(0, MAX_ORDER),
)
relays = st.builds(
    Relay,
    st.sampled_from(RELAY_KINDS),
    peers,
    st.integers(1, MAX_ORDER),
    st.from_regex(r"[A-Za-z0-9_-]{1,200}", fullmatch=True),
)
rejects = st.builds(Reject, peers, codes)
signed_tokens = st.just("") | st.from_regex(r"[A-Za-z0-9._-]{1,200}", fullmatch=True)
client_messages = st.one_of(
    st.builds(
        Join,
        orders,
        rooms,
        peers,
        tokens,
        st.just("") | st.from_regex(r"[A-Za-z0-9_-]{43}", fullmatch=True),
        st.just("") | packages,
        st.just("") | peers,
        st.none() | st.integers(1, MAX_ROOM_SIZE),
        signed_tokens,
        signed_tokens,
        st.just("") | tokens,
    ),
    st.builds(
        HostOrder,
        st.booleans(),
        st.lists(peers, max_size=MAX_REMOVED).map(tuple),
        st.just("") | peers,
    ),
    st.just(AskIceServers()),
    st.builds(AskRoom, st.just("") | rooms, signed_tokens),
    relays,
    rejects,
    st.just(Leave()),
    st.just(Ping()),
)
server_messages = st.one_of(
    st.builds(
        Welcome,
        peers,
        orders,
        st.lists(members, max_size=4).map(tuple),
        st.builds(
            Limits,
            st.integers(1, MAX_ORDER),
            st.floats(0.001, 1e6),
            st.integers(1, MAX_ORDER),
            st.integers(1, MAX_ORDER),
            st.integers(0, MAX_ORDER),
            st.floats(0.0, 1e6),
        ),
        ice_servers,
        signed_tokens,
    ),
    ice_servers,
    st.builds(
        RoomAnswer, st.integers(0, MAX_ROOM_SIZE), st.integers(1, MAX_ROOM_SIZE), st.booleans()
    ),
    st.builds(PeerJoined, peers, orders, peers, packages),
    st.builds(PeerLeft, peers),
    relays,
    rejects,
    st.builds(ErrorMessage, codes, st.text(max_size=200)),
    st.builds(Closing, st.integers(0, 600_000)),
    st.builds(Pong, signed_tokens),
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ["protocol", "room", "peer", "token", "to", "from", "counter", "payload", "code",
          "order", "peers", "limits", "detail", "retry_ms", "life", "claim",
          "key_package", "room_size", "room_token", "seat_token", "ice_servers",
          "ice_ttl_s", "people", "needs_token", "host_token", "locked", "removed",
          "heir"]  # fmt: skip
TYPES = ["join", "leave", "offer", "answer", "ice", "reject", "welcome", "peer-joined",
         "peer-left", "host-order", "error", "closing", "ping", "pong", "control", "ice-servers",
         "room"]  # fmt: skip


@given(client_messages)
def test_client_message_survives_the_round_trip_whatever_it_says(message: ClientMessage) -> None:
    assert parse_client_message(encode_client_message(message)) == message


@given(server_messages)
def test_server_message_survives_the_round_trip_whatever_it_says(message: ServerMessage) -> None:
    assert parse_server_message(encode_server_message(message)) == message


@given(
    st.one_of(
        st.text(),
        json_values.map(json.dumps),
        st.fixed_dictionaries(
            {"type": st.sampled_from(TYPES)},
            optional=dict.fromkeys(FIELDS, json_values),
        ).map(json.dumps),
    )
)
def test_parsers_raise_only_signaling_errors_with_known_codes_whatever_the_text(
    text: str,
) -> None:
    for parse in (parse_client_message, parse_server_message):
        error = refusal(SignalingError, parse, text)
        assert error is None or error.code in set(ErrorCode)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", ErrorCode.BAD_JSON),
        ("nonsense", ErrorCode.BAD_JSON),
        ("7", ErrorCode.BAD_JSON),
        ('{"type":"join","protocol":NaN}', ErrorCode.BAD_JSON),
        ('{"type":"leave","n":' + "9" * 5_000 + "}", ErrorCode.BAD_JSON),
        ("[" * 10_000, ErrorCode.BAD_JSON),
        ("{}", ErrorCode.BAD_FIELD),
        ('{"type":1}', ErrorCode.BAD_FIELD),
        ('{"type":"dance"}', ErrorCode.UNKNOWN_TYPE),
        (" " * (MAX_MESSAGE_BYTES + 1), ErrorCode.MESSAGE_TOO_LARGE),
    ],
)
def test_text_is_refused_with_its_code_when_it_is_no_message(text: str, code: ErrorCode) -> None:
    for parse in (parse_client_message, parse_server_message):
        with pytest.raises(SignalingError) as caught:
            parse(text)
        assert caught.value.code == code


def test_join_is_refused_when_a_field_is_missing_or_of_another_type() -> None:
    fields: dict[str, Any] = {
        "type": "join", "protocol": 1, "room": "r", "peer": "p" * 8, "token": "t" * 16
    }  # fmt: skip
    wrong = [None, True, 1.5, [], {}, "", "x y", "\ud800", -1]
    for field, value in product(["protocol", "room", "peer", "token"], wrong):
        text = json.dumps(fields | {field: value})
        error = refusal(SignalingError, parse_client_message, text)
        assert error is not None, (field, value)
        assert error.code == ErrorCode.BAD_FIELD
    for field in ("protocol", "room", "peer", "token"):
        text = json.dumps({name: value for name, value in fields.items() if name != field})
        error = refusal(SignalingError, parse_client_message, text)
        assert field in str(error)


def test_every_error_has_its_close_code() -> None:
    assert set(CLOSE_CODES) == set(ErrorCode)
