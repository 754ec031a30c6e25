"""The benchmark's crowd, before a real server: what it counts is what happened."""

from __future__ import annotations

import sys

import pytest
from tests.support.running_server import RunningServer
from tools.bench.socket_crowd import Crowd

from persona_server.config import ServerConfig


@pytest.mark.asyncio
@pytest.mark.skipif(sys.platform != "linux", reason="the process's figures come from /proc")
async def test_crowd_hears_every_message_when_the_server_has_nothing_else_to_do() -> None:
    with RunningServer(ServerConfig(log_level="error")) as server:
        crowd = Crowd([server.signal_url])
        for target in (4, 20):
            step = await crowd.step(target, seconds=0.5)
            assert step.peers == target == len(crowd.peers)
            assert step.missing == 0.0
            assert step.lost == 0
            assert 0.0 < step.p50_ms <= step.p99_ms < float("inf")
        for peer in crowd.peers:
            assert peer.transport is not None
            peer.transport.close()
