"""What operators can see: /metrics, /healthz, and what is not in them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from tests.support.figures import read_figures
from tests.support.running_server import RunningServer
from tests.support.signaling_client import client

import persona_server
from persona_core.wire.relay_frame import encode_relay_frame
from persona_core.wire.signaling import PeerJoined, RelayFrame
from persona_server.config import ServerConfig
from persona_server.metrics import may_read

SOURCES = str(Path(persona_server.__file__).parents[1])


@pytest.mark.asyncio
async def test_metrics_count_what_happened_and_name_nobody() -> None:
    with RunningServer(ServerConfig(log_level="error")) as server:
        async with (
            client(server.signal_url) as ann,
            client(server.signal_url) as ben,
            client(server.signal_url) as cat,
            httpx.AsyncClient(trust_env=False) as http,
        ):
            await ann.enter("the-secret-room")
            await ben.enter("the-secret-room")
            assert isinstance(await ann.hear(), PeerJoined)
            await cat.join("the-secret-room")
            await cat.end()
            await ben.say({"type": "offer", "counter": 1, "payload": "c2VhbGVk", "to": ann.peer})
            await ann.hear()
            await ben.say(encode_relay_frame(RelayFrame(ann.peer, b"sealed")))
            await ann.hear_frame()
            answer = await http.get(server.address + "metrics")
            text = answer.text
    found = read_figures(text)
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert found["virtualpersona_rooms"] == 1
    assert found["virtualpersona_peers"] == found["virtualpersona_sockets"] == 2
    assert found["virtualpersona_joins_total arrived"] == 2
    assert found["virtualpersona_refusals_total room-full"] == 1
    assert found["virtualpersona_messages_total offer"] == 1
    assert found["virtualpersona_messages_total answer"] == 0
    assert found["virtualpersona_frames_total relayed"] == 1
    assert found["virtualpersona_frame_bytes_total"] == 6
    assert found["virtualpersona_process_resident_memory_bytes"] > 0
    for secret in ("secret-room", ann.peer, ben.peer, "127.0.0.1"):
        assert secret not in text


@pytest.mark.parametrize(
    ("token", "authorization", "host", "expected"),
    [
        ("", "", "127.0.0.1", True),
        ("", "", "::1", True),
        ("", "", "203.0.113.5", False),
        ("", "", None, False),
        ("", "", "not an address", False),
        ("letters", "Bearer letters", "203.0.113.5", True),
        ("letters", "Bearer letterz", "127.0.0.1", False),
        ("letters", "", "127.0.0.1", False),
        ("letters", "Bearer \u00e9", "127.0.0.1", False),
    ],
)
def test_metrics_are_for_this_machine_or_for_who_has_the_token(
    token: str, authorization: str, host: str | None, expected: bool
) -> None:
    assert may_read(token, authorization, host) is expected


def test_metrics_are_refused_when_the_token_is_missing() -> None:
    with RunningServer(ServerConfig(metrics_token="letters", log_level="error")) as server:
        url = server.address + "metrics"
        assert httpx.get(url, trust_env=False).status_code == 403
        headers = {"Authorization": "Bearer letters"}
        assert httpx.get(url, headers=headers, trust_env=False).status_code == 200


def test_no_redis_client_is_loaded_when_the_server_is_alone() -> None:
    program = (
        "import sys\n"
        "from persona_server.app import create_app\n"
        "from persona_server.config import ServerConfig\n"
        "create_app(ServerConfig())\n"
        "assert 'redis' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], env={"PYTHONPATH": SOURCES}, check=True)


@pytest.mark.asyncio
async def test_health_tells_its_state_and_no_counts_when_somebody_is_in() -> None:
    with RunningServer(ServerConfig(log_level="error")) as server:
        async with client(server.signal_url) as ann, httpx.AsyncClient(trust_env=False) as http:
            await ann.enter("room")
            answer = await http.get(server.address + "healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
