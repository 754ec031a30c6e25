"""Relay frames: round trips, and any bytes at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona_core.errors import SignalingError
from persona_core.wire.relay_frame import encode_relay_frame, parse_relay_frame
from persona_core.wire.signaling import MAX_RELAY_BYTES, ErrorCode, RelayFrame

peers = st.from_regex(r"[A-Za-z0-9_-]{8,64}", fullmatch=True)


@given(peers, st.binary(min_size=1, max_size=MAX_RELAY_BYTES))
def test_frame_survives_the_round_trip_whatever_it_holds(peer: str, payload: bytes) -> None:
    frame = RelayFrame(peer, payload)
    assert parse_relay_frame(encode_relay_frame(frame)) == frame


@given(st.binary(max_size=400), st.booleans())
def test_bytes_are_the_frame_that_was_sent_or_refused_by_name(data: bytes, led: bool) -> None:
    data = b"\x01\x08" + data if led else data
    try:
        frame = parse_relay_frame(data)
    except SignalingError as error:
        assert error.code in (ErrorCode.BINARY_MESSAGE, ErrorCode.FRAME_TOO_LARGE)  # noqa: PT017
    else:
        assert encode_relay_frame(frame) == data


def test_frame_costs_little_more_than_its_content() -> None:
    assert len(encode_relay_frame(RelayFrame("p" * 16, bytes(100)))) == 118


@pytest.mark.parametrize("size", [MAX_RELAY_BYTES + 1, 100_000])
def test_frame_is_too_large_when_its_content_is_over_the_limit(size: int) -> None:
    with pytest.raises(SignalingError) as caught:
        parse_relay_frame(encode_relay_frame(RelayFrame("p" * 8, bytes(size))))
    assert caught.value.code == ErrorCode.FRAME_TOO_LARGE
