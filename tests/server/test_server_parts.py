"""The parts of the server that need no socket."""

from __future__ import annotations

import json
import logging
from dataclasses import fields
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.joins import make_join

from persona_core.base.token_bucket import TokenBucket
from persona_core.errors import SignalingError
from persona_core.wire.signaling import ErrorCode, IceServer, Join
from persona_server import journal
from persona_server.config import ConfigError, ServerConfig
from persona_server.limits import origin_allowed
from persona_server.rooms import Registry, Seat


def join(room: str, peer: str) -> Join:
    return make_join(peer, room, peer=peer)


@given(
    st.lists(
        st.tuples(st.booleans(), st.sampled_from("abc"), st.sampled_from("uvwxyz")), max_size=60
    )
)
def test_registry_never_exceeds_its_limits_whoever_comes_and_goes(
    steps: list[tuple[bool, str, str]],
) -> None:
    registry: Registry[int] = Registry(room_size=2, max_rooms=2, max_peers=3)
    seats: dict[tuple[str, str], Seat[int]] = {}
    for number, (comes, room, peer) in enumerate(steps):
        if comes:
            try:
                seats[room, peer] = registry.join(join(room, peer), number).seat
            except SignalingError as error:
                assert (room, peer) not in seats
                full = sum(name == room for name, _ in seats) == 2
                assert error.code == (ErrorCode.ROOM_FULL if full else ErrorCode.SERVER_FULL)  # noqa: PT017
        elif (room, peer) in seats:
            stay = registry.leave(seats.pop((room, peer)))
            assert stay is not None
            assert {seat.peer for seat in stay} == {p for r, p in seats if r == room}
        assert registry.peer_count == len(seats) <= 3
        assert registry.room_count == len({name for name, _ in seats}) <= 2


def test_order_grows_with_arrivals_and_stays_when_a_seat_is_taken_over() -> None:
    registry: Registry[str] = Registry(room_size=3, max_rooms=9, max_peers=9)
    first = registry.join(join("r", "ann"), "line 1")
    second = registry.join(join("r", "ben"), "line 2")
    again = registry.join(join("r", "ann"), "line 3")
    assert first.seat.order < second.seat.order
    assert again.seat.order == first.seat.order
    assert again.replaced is first.seat
    assert registry.leave(first.seat) is None
    found = registry.find("r", "ann")
    assert found is not None
    assert found.line == "line 3"


@given(st.lists(st.floats(0.0, 3.0), min_size=1, max_size=200))
def test_bucket_lets_through_no_more_than_burst_and_rate_whatever_the_pauses(
    pauses: list[float],
) -> None:
    bucket, now, taken = TokenBucket(rate=2.0, burst=5, now=0.0), 0.0, 0
    for pause in pauses:
        now += pause
        taken += bucket.take(now)
        assert taken <= 5 + 2.0 * now + 1e-6


def test_bucket_fills_again_when_time_has_passed() -> None:
    bucket = TokenBucket(rate=1.0, burst=2, now=0.0)
    assert [bucket.take(0.0) for _ in range(3)] == [True, True, False]
    assert [bucket.take(now) for now in (0.5, 1.0, 1.0)] == [False, True, False]


@pytest.mark.parametrize(
    ("origin", "host", "allowed", "expected"),
    [
        (None, "calls.example", (), True),
        ("https://calls.example", "calls.example", (), True),
        ("https://Calls.Example", "calls.example", (), True),
        ("http://127.0.0.1:8000", "127.0.0.1:8000", (), True),
        ("http://127.0.0.1:9000", "127.0.0.1:8000", (), False),
        ("https://calls.example.evil.org", "calls.example", (), False),
        ("null", "calls.example", (), False),
        ("null", "", (), False),
        ("https://cdn.example", "calls.example", ("https://cdn.example",), True),
        ("https://cdn.example:444", "calls.example", ("https://cdn.example",), False),
        ("https://evil.example", "calls.example", ("*",), True),
        ("http://[", "calls.example", (), False),
        ("http://[", "[", (), False),
        ("http://[::1]:8000", "[::1]:8000", (), True),
        ("https://\u2100.example", "calls.example", (), False),
    ],
)
def test_origin_is_judged_by_host_and_list_for_each_kind_of_page(
    origin: str | None, host: str, allowed: tuple[str, ...], expected: bool
) -> None:
    assert origin_allowed(origin, host, allowed) is expected


def test_every_setting_is_read_when_its_variable_is_set() -> None:
    config = ServerConfig.from_env(
        {
            "VP_HOST": "0.0.0.0",
            "VP_PORT": "0",
            "VP_ROOM_SIZE": "4",
            "VP_MESSAGES_PER_SECOND": "2.5",
            "VP_ALLOWED_ORIGINS": " https://CDN.example/ ,https://b.example",
            "UNRELATED": "x",
        }
    )
    assert (config.host, config.port, config.room_size) == ("0.0.0.0", 0, 4)
    assert config.messages_per_second == 2.5
    assert config.allowed_origins == ("https://cdn.example", "https://b.example")
    assert config.drop_seconds == ServerConfig().drop_seconds
    documented = ServerConfig.__doc__ or ""
    assert all(f"{field.name}:" in documented for field in fields(ServerConfig))


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("VP_PORT", "http"),
        ("VP_PORT", "70000"),
        ("VP_ROOM_SIZE", "-1"),
        ("VP_MESSAGES_PER_SECOND", "nan"),
        ("VP_MAX_MESSAGE_BYTES", "999999"),
        ("VP_DROP_SECONDS", "10"),
        ("VP_LOG_LEVEL", "loud"),
        ("VP_RETRY_MS", "-5"),
        ("VP_ROOM_SIZE", "9"),
        ("VP_ROOM_SIZE", "1"),
        ("VP_RESUME_SECONDS", "-1"),
        ("VP_ROOM_SECRETS", "too short"),
        ("VP_TURN_URLS", "turn:turn.example"),
        ("VP_TURN_SECRET", "without any address"),
        ("VP_TURN_TTL_SECONDS", "3601"),
        ("VP_TRUSTED_PROXIES", "proxy.example"),
        ("VP_REDIS_URL", "http://redis.example"),
        ("VP_ICE_SERVERS", '{"urls": "stun:stun.example"}'),
        ("VP_ICE_SERVERS", '[{"urls": "http://stun.example"}]'),
        ("VP_ICE_SERVERS", '[{"urls": ["stun:stun.example", 5]}]'),
        ("VP_ICE_SERVERS", '[{"username": "me"}]'),
    ],
)
def test_setting_is_refused_and_named_when_it_makes_no_sense(variable: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"(?i){variable.removeprefix('VP_')}"):
        ServerConfig.from_env({variable: value})


def test_secret_is_read_from_a_file_and_shown_nowhere(tmp_path: Path) -> None:
    (tmp_path / "secrets").write_text("the first secret of two, the second secret of two\n")
    config = ServerConfig.from_env(
        {
            "VP_ROOM_SECRETS_FILE": str(tmp_path / "secrets"),
            "VP_TURN_URLS": "turn:turn.example:3478?transport=udp",
            "VP_TURN_SECRET": "the secret of coturn",
            "VP_REDIS_URL": "redis://:the-secret-of-redis@redis.example/0",
            "VP_METRICS_TOKEN": "the secret of metrics",
            "VP_ICE_SERVERS": '[{"urls":"stun:a.example"},{"urls":["turn:b"],"username":"u",'
            '"credential":"the secret of b"}]',
        }
    )
    assert config.room_secrets == ("the first secret of two", "the second secret of two")
    assert config.ice_servers[1] == IceServer(("turn:b",), "u", "the secret of b")
    assert "secret of" not in repr(config)
    assert "secret-of" not in repr(config)
    with pytest.raises(ConfigError) as caught:
        ServerConfig.from_env({"VP_ROOM_SECRETS": "not long enough"})
    assert "not long enough" not in str(caught.value)


def test_alias_of_a_room_is_shared_only_when_the_salt_is() -> None:
    one, other, third = journal.Journal("salt"), journal.Journal("salt"), journal.Journal("other")
    assert one.alias("room") == other.alias("room") != third.alias("room")


def written(events: list[tuple[float, str, dict[str, object]]]) -> list[dict[str, object]]:
    """What a sampled log holds of events at these seconds."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(journal.JsonFormatter())
    handler.addFilter(journal.Sampler())
    for second, event, values in events:
        record = logging.LogRecord("persona_server", logging.INFO, "", 0, event, (), None)
        record.created, record.fields = second, values
        handler.handle(record)
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_journal_holds_few_lines_of_a_kind_and_counts_the_others_when_it_is_flooded() -> None:
    flood = [
        (float(number // 100), "refused", {"code": "bad-json", "origin": str(number)})
        for number in range(10_000)
    ]
    other = [(50.0, "refused", {"code": "bad-field"}), (50.0, "closing", {"peers": 1})]
    lines = written([*flood[:5_000], *other, *flood[5_000:], (200.0, *flood[0][1:])])
    kept = [line for line in lines if line.get("code") == "bad-json"]
    assert len(lines) == len(kept) + 2
    assert len(kept) <= journal.LINES_AT_ONCE + 99 * journal.LINES_PER_SECOND + 1
    skipped = [line.get("skipped", 0) for line in kept]
    assert len(kept) + sum(int(str(count)) for count in skipped) == 10_001


def test_journal_stays_small_when_somebody_makes_up_kinds_of_lines() -> None:
    lines = written([(0.0, f"event {number}", {}) for number in range(10_000)])
    assert len(lines) <= journal.MOST_KINDS + journal.LINES_AT_ONCE


def test_journal_writes_json_lines_with_aliases_when_events_happen() -> None:
    stream = StringIO()
    logger = logging.getLogger("test_journal")
    handler = logging.StreamHandler(stream)
    handler.setFormatter(journal.JsonFormatter())
    logger.addHandler(handler)
    logger.propagate = False
    logger.warning("refused", extra={"fields": {"code": "bad-json"}})
    line = json.loads(stream.getvalue())
    assert (line["level"], line["event"], line["code"]) == ("warning", "refused", "bad-json")
    first, second = journal.Journal(), journal.Journal()
    assert first.alias("room") == first.alias("room") != second.alias("room")
    assert len(first.alias("room")) == 8
