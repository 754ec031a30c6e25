"""Room tokens: signing, checking, and a server that asks for them."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.running_server import RunningServer
from tests.support.signaling_client import client

import persona_server
from persona_core.call.invitation import parse_invitation
from persona_core.errors import SignalingError
from persona_core.wire.signaling import ROOM_TOKEN_PATTERN, CloseCode, ErrorCode, Pong
from persona_server.config import ServerConfig
from persona_server.room_tokens import (
    check_room_token,
    is_seat_token,
    make_room_token,
    make_seat_token,
)

OLD, NEW = "an old secret of ours", "a new secret of ours"
NOW = 1_800_000_000
SOURCES = str(Path(persona_server.__file__).parents[1])


def code_of(token: str, *, room: str = "room", now: float = NOW, secrets: str = NEW) -> str:
    try:
        check_room_token((secrets,), room, token, now)
    except SignalingError as error:
        return error.code
    return "let in"


def test_signature_is_the_documented_one_when_computed_by_hand() -> None:
    # printf '...' (the lines of signed_text) | openssl dgst -sha256 -hmac 'sixteen letters!'
    token = make_room_token("sixteen letters!", "room", NOW)
    assert token == "1.1800000000.jSoQywm5UYesbVT-1BXLUaTFaCx9PsZlMo6j9rPoQa8"


@given(st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True), st.integers(1, 10**11))
def test_token_opens_its_room_until_it_expires(room: str, lifetime: int) -> None:
    token = make_room_token(NEW, room, NOW + lifetime)
    assert ROOM_TOKEN_PATTERN.fullmatch(token)
    assert code_of(token, room=room) == "let in"
    assert code_of(token, room=room, now=NOW + lifetime - 1) == "let in"
    assert code_of(token, room=room, now=NOW + lifetime) == ErrorCode.ROOM_TOKEN_EXPIRED
    assert code_of(token, room=room + "x") == ErrorCode.ROOM_TOKEN_INVALID
    assert code_of(token, room=room, secrets=OLD) == ErrorCode.ROOM_TOKEN_INVALID


@given(st.integers(0, 60), st.sampled_from("0123456789abcXYZ._-"))
def test_token_is_refused_when_any_letter_is_another(at: int, letter: str) -> None:
    token = make_room_token(NEW, "room", NOW + 60)
    at %= len(token)
    forged = token[:at] + letter + token[at + 1 :]
    # The last letter of 43 carries two bits that no signature uses.
    if forged[:-1] != token[:-1]:
        assert code_of(forged) == ErrorCode.ROOM_TOKEN_INVALID


@pytest.mark.parametrize(
    "token", ["1", "1..", "x" * 200, "1.1800000000.", "2.1.a", "1.-5." + "a" * 43]
)
def test_token_is_invalid_when_it_has_not_the_form_of_one(token: str) -> None:
    assert code_of(token) == ErrorCode.ROOM_TOKEN_INVALID


def test_either_secret_is_accepted_when_the_operator_changes_it() -> None:
    for secret in (OLD, NEW):
        check_room_token((NEW, OLD), "room", make_room_token(secret, "room", NOW + 1), NOW)


def test_no_token_is_asked_for_when_there_is_no_secret() -> None:
    check_room_token((), "room", "", NOW)


@pytest.mark.asyncio
async def test_join_is_refused_with_4009_and_the_reason_when_the_token_is_not_good() -> None:
    now = int(time.time())
    with RunningServer(ServerConfig(room_secrets=(NEW,), log_level="error")) as server:
        for token, code in (
            ("", ErrorCode.ROOM_TOKEN_MISSING),
            (make_room_token(NEW, "room", now - 5), ErrorCode.ROOM_TOKEN_EXPIRED),
            (make_room_token(NEW, "other", now + 60), ErrorCode.ROOM_TOKEN_INVALID),
            (make_room_token(OLD, "room", now + 60), ErrorCode.ROOM_TOKEN_INVALID),
        ):
            async with client(server.signal_url) as stranger:
                await stranger.join("room", room_token=token)
                assert (await stranger.end())[:2] == (CloseCode.NO_PLACE, code)
        async with client(server.signal_url) as guest:
            await guest.enter("room", room_token=make_room_token(NEW, "room", now + 60))


@pytest.mark.asyncio
async def test_peer_comes_back_when_its_token_expired_during_the_call() -> None:
    ids = {"person": "the-same-person", "token": "t" * 16}
    with RunningServer(ServerConfig(room_secrets=(NEW,), log_level="error")) as server:
        expired = make_room_token(NEW, "room", int(time.time()) - 1)
        valid = make_room_token(NEW, "room", int(time.time()) + 60)
        async with client(server.signal_url, **ids) as first:
            await first.enter("room", room_token=valid)
            first.socket.transport.abort()
        async with client(server.signal_url, **ids) as again:
            await again.enter("room", room_token=expired)
        async with client(server.signal_url, person="the-same-person") as thief:
            await thief.join("room", room_token=expired)
            assert (await thief.end())[1] == ErrorCode.ROOM_TOKEN_EXPIRED


@pytest.mark.asyncio
async def test_peer_comes_back_to_a_new_server_when_its_token_expired_during_the_call() -> None:
    ids = {"person": "the-same-person", "token": "t" * 16}
    config = ServerConfig(room_secrets=(NEW,), log_level="error")
    now = int(time.time())
    expired, valid = (make_room_token(NEW, "room", now + life) for life in (-1, 60))
    with RunningServer(config) as server:
        async with client(server.signal_url, **ids) as first:
            seat_token = (await first.enter("room", room_token=valid)).seat_token
    assert seat_token
    # Another process, which knows nobody, and has begun to sign with a newer secret.
    with RunningServer(replace(config, room_secrets=("the newest secret of all", NEW))) as other:
        async with client(other.signal_url, **ids) as again:
            welcome = await again.enter("room", room_token=expired, seat_token=seat_token)
            assert welcome.seat_token not in ("", seat_token)
        for room, thieves in (("other-room", ids), ("room", {"person": "another-person"})):
            async with client(other.signal_url, **thieves) as thief:
                await thief.join(room, room_token=expired, seat_token=seat_token)
                assert (await thief.end())[0] == CloseCode.NO_PLACE


def test_seat_token_is_for_one_peer_in_one_room_until_it_expires() -> None:
    token = make_seat_token(NEW, "room", "peer-one", NOW + 60)
    assert is_seat_token((OLD, NEW), "room", "peer-one", token, NOW)
    assert not is_seat_token((OLD, NEW), "room", "peer-one", token, NOW + 60)
    assert not is_seat_token((OLD, NEW), "room", "peer-two", token, NOW)
    assert not is_seat_token((OLD, NEW), "rooms", "peer-one", token, NOW)
    assert not is_seat_token((OLD,), "room", "peer-one", token, NOW)
    assert not is_seat_token((), "room", "peer-one", token, NOW)
    assert not is_seat_token((NEW,), "room", "peer-one", "", NOW)
    # Neither kind passes for the other.
    assert code_of(token) == ErrorCode.ROOM_TOKEN_INVALID
    room_token = make_room_token(NEW, "room", NOW + 60)
    assert not is_seat_token((NEW,), "room", "peer-one", room_token, NOW)


@pytest.mark.asyncio
async def test_seat_token_is_renewed_with_a_pong_when_half_of_its_life_is_over() -> None:
    valid = make_room_token(NEW, "room", int(time.time()) + 60)
    for seconds, renewed in ((1, True), (1_000, False)):
        config = ServerConfig(room_secrets=(NEW,), seat_seconds=seconds, log_level="error")
        with RunningServer(config) as server:
            async with client(server.signal_url) as peer:
                await peer.enter("room", room_token=valid)
                await asyncio.sleep(0.6)
                await peer.say({"type": "ping"})
                pong = await peer.hear()
        assert isinstance(pong, Pong)
        assert bool(pong.seat_token) is renewed


@pytest.mark.asyncio
async def test_no_seat_token_is_given_when_rooms_need_none() -> None:
    with RunningServer(ServerConfig(seat_seconds=1, log_level="error")) as server:
        async with client(server.signal_url) as peer:
            assert (await peer.enter("room")).seat_token == ""
            await asyncio.sleep(0.6)
            await peer.say({"type": "ping"})
            assert await peer.hear() == Pong()


def run_token(*arguments: str, secret: str = NEW) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "persona_server", "token", *arguments],
        env={"PYTHONPATH": SOURCES, "VP_ROOM_SECRETS": secret},
        capture_output=True,
        text=True,
        check=False,
    )


def test_command_prints_a_token_that_holds_as_long_as_asked() -> None:
    done = run_token("--room", "room", "--ttl", "2h")
    token = done.stdout.strip()
    now = time.time()
    assert code_of(token, now=now + 7100) == "let in"
    assert code_of(token, now=now + 7300) == ErrorCode.ROOM_TOKEN_EXPIRED
    assert done.returncode == 0


def test_command_prints_a_whole_invitation_when_a_page_is_named() -> None:
    first, second = (run_token("--link", "https://you.example/room-v3/").stdout for _ in range(2))
    invitation = parse_invitation(first)
    assert first.startswith("https://you.example/room-v3/#room=")
    assert code_of(invitation.token, room=invitation.room, now=time.time()) == "let in"
    assert invitation.secret != parse_invitation(second).secret


@pytest.mark.parametrize(
    ("arguments", "secret", "word"),
    [
        (("--room", "room"), "", "VP_ROOM_SECRETS"),
        (("--room", "room"), "short", "room_secrets"),
        ((), NEW, "--room"),
        (("--room", "a room"), NEW, "no room id"),
        (("--room", "room", "--ttl", "soon"), NEW, "no duration"),
    ],
)
def test_command_says_what_is_wrong_when_it_cannot_sign(
    arguments: tuple[str, ...], secret: str, word: str
) -> None:
    done = run_token(*arguments, secret=secret)
    assert done.returncode != 0
    assert done.stdout == ""
    assert word in done.stderr
    assert "Traceback" not in done.stderr
