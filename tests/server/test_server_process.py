"""``python -m persona_server`` as a process."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from tests.support.polling import until
from tests.support.raw_socket import RawSocket
from tests.support.signaling_client import client
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

import persona_server
from persona_core.wire.signaling import CloseCode, Closing, ErrorCode, Pong
from persona_server.journal import LINES_AT_ONCE

PATIENCE_S = 30.0
SOURCES = str(Path(persona_server.__file__).parents[1])


@contextmanager
def started(*arguments: str, **variables: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "persona_server", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": SOURCES, **variables},
    )
    with process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def address_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("VirtualPersona is at http://127.0.0.1:"), line
    return line.split()[-1]


@pytest.mark.asyncio
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_process_says_closing_and_ends_quietly_when_it_is_told_to_stop(
    number: signal.Signals, tmp_path: Path
) -> None:
    (tmp_path / "index.html").write_text("hello")
    with started("--port", "0", "--site", str(tmp_path)) as process:
        address = address_of(process)
        async with (
            httpx.AsyncClient(trust_env=False) as http,
            client(address.replace("http:", "ws:") + "signal") as peer,
        ):
            assert (await http.get(address)).text == "hello"
            await peer.enter("a-very-secret-room")
            process.send_signal(number)
            close, _, heard = await peer.end()
        output, log = process.communicate(timeout=PATIENCE_S)
    assert close == CloseCode.RESTARTING
    assert isinstance(heard[-1], Closing)
    assert process.returncode == 0
    assert output == ""
    events = [json.loads(line) for line in log.splitlines()]
    assert [event["event"] for event in events] == ["joined", "closing"]
    assert "secret-room" not in log
    assert peer.peer not in log
    assert "127.0.0.1" not in log


@pytest.mark.asyncio
async def test_process_ends_all_the_same_when_a_client_does_not_listen() -> None:
    settings = {"VP_SHUTDOWN_SECONDS": "0.2", "VP_PING_SECONDS": "1000", "VP_DROP_SECONDS": "2000"}
    with started("--port", "0", **settings) as process:
        address = address_of(process)
        async with client(address.replace("http:", "ws:") + "signal") as peer:
            await peer.enter("room")
            peer.socket.transport.pause_reading()
            process.send_signal(signal.SIGTERM)
            status = await asyncio.to_thread(process.wait, PATIENCE_S)
            peer.socket.transport.abort()
    assert status == 0


@pytest.mark.asyncio
async def test_process_turns_newcomers_away_and_serves_the_others_when_it_drains() -> None:
    with started("--port", "0", VP_DRAIN_SECONDS="3") as process:
        address = address_of(process)
        url = address.replace("http:", "ws:") + "signal"
        async with client(url) as stays, httpx.AsyncClient(trust_env=False) as http:
            await stays.enter("room")
            process.send_signal(signal.SIGTERM)

            async def closing() -> bool:
                return (await http.get(address + "healthz")).status_code == 503

            await until(closing)
            async with client(url) as late:
                close, reason, _ = await late.end()
            assert (close, reason) == (CloseCode.TRY_LATER, ErrorCode.SERVER_BUSY)
            await stays.say({"type": "ping"})
            assert await stays.hear() == Pong()
            assert (await stays.end())[0] == CloseCode.RESTARTING
        assert await asyncio.to_thread(process.wait, PATIENCE_S) == 0


@pytest.mark.asyncio
async def test_log_stays_short_whatever_origins_and_paths_strangers_try(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("hello")
    with started("--port", "0", "--site", str(tmp_path)) as process:
        address, began = address_of(process), time.monotonic()
        url = address.replace("http:", "ws:")
        for origin in ("http://[", "null", "https://evil.example"):
            async with client(url + "signal", origin=origin) as stranger:
                end = (await stranger.end())[:2]
            assert end == (CloseCode.RULES_BROKEN, ErrorCode.ORIGIN_REFUSED)
        with pytest.raises(InvalidStatus, match="403"):
            await connect(url + "elsewhere", proxy=None)
        for _ in range(150):
            async with client(url + "signal", origin="http://[") as stranger:
                await stranger.socket.wait_closed()
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=PATIENCE_S)
        seconds = time.monotonic() - began
    events = [json.loads(line) for line in log.splitlines()]
    assert {event["event"] for event in events} == {"refused", "closing"}
    # Of 153 refusals; with each second that they take there may be one more.
    assert len(events) <= LINES_AT_ONCE + seconds + 2
    assert "Traceback" not in log


def test_log_holds_no_traceback_when_clients_are_gone_before_they_are_refused() -> None:
    with started("--port", "0", VP_ADDRESS_HANDSHAKES_PER_MINUTE="200") as process:
        port = int(address_of(process).rstrip("/").rpartition(":")[2])
        for _ in range(400):
            with RawSocket(port) as hasty:
                hasty.ask_to_upgrade("Origin: https://evil.example")
                hasty.break_off()
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=PATIENCE_S)
    events = {json.loads(line)["event"] for line in log.splitlines()}
    assert events <= {"refused", "closing"}


def test_process_names_the_remedy_when_the_port_is_in_use() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with started("--port", port) as process:
            output, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 1
    assert output == ""
    assert "in use" in errors
    assert "--port" in errors
    assert "Traceback" not in errors


@pytest.mark.parametrize(
    ("arguments", "variables", "word"),
    [
        (["--site", "no/such/folder"], {}, "no/such/folder"),
        ([], {"VP_ROOM_SIZE": "two"}, "VP_ROOM_SIZE"),
        ([], {"VP_ROOM_SIZE": "0"}, "room_size"),
        ([], {"VP_TURN_SECRET_FILE": "/no/such/file"}, "/no/such/file"),
        (["--host", "no.such.host.invalid"], {}, "--host"),
    ],
)
def test_process_says_what_is_wrong_in_a_line_when_it_cannot_start(
    arguments: list[str], variables: dict[str, str], word: str
) -> None:
    with started("--port", "0", *arguments, **variables) as process:
        _, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 1
    assert word in errors
    assert len(errors.splitlines()) == 1
