"""What one signaling process carries: rooms of two, a message a second from everybody."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from tests.support.redis_server import RedisServer
from tests.support.site_server import ROOT, SiteServer
from tools.bench.figures import Failure, Figure, Target
from tools.bench.setting import Setting
from tools.bench.targets import DELIVERY_MS, SERVER_PEERS

TITLE = "Signaling: rooms of two, one sealed message a second from everybody"
STEPS = (500, 1_000, 2_000, 3_000, 4_000, 5_000, 6_000, 8_000, 10_000)
FULL_CORE = 0.95
MISSING = 0.01
ALONE, SHARED = "one process", "two, with Redis"
PATIENCE = 2
"""Slow steps in a row after which it is over: one may be the fault of something else."""

FIGURES: tuple[tuple[str, str, str, Target | None], ...] = (
    ("peers", "peers carried", "", SERVER_PEERS),
    ("messages_per_s", "messages", "1/s", None),
    ("p50_ms", "delivery, median", "ms", None),
    ("p99_ms", "delivery, 99 %", "ms", DELIVERY_MS),
    ("crowd_late_ms", "of which the clients' own, 99 %", "ms", None),
    ("cpu", "server's CPU", "cores", None),
    ("message_cpu_us", "CPU of a message", "µs", None),
    ("full_core", "messages that a full core would take", "1/s", None),
    ("joins_per_s", "joins", "1/s", None),
    ("join_cpu_ms", "CPU of a join", "ms", None),
    ("memory_per_peer_kb", "memory of a peer", "kB", None),
)


def measure(setting: Setting) -> list[Figure]:
    """The largest crowd that was served well, with one process and with two that share rooms."""
    figures = _column(setting, ALONE, {})
    if shutil.which("redis-server") is None:
        return [*figures, Figure("peers carried", "", Failure("no redis-server"), None, SHARED)]
    with RedisServer() as redis:
        return [*figures, *_column(setting, SHARED, {"VP_REDIS_URL": redis.url})]


def _column(setting: Setting, name: str, settings: dict[str, str]) -> list[Figure]:
    with _servers(2 if settings else 1, settings) as urls:
        try:
            best = _largest_served(setting, name, urls)
        except RuntimeError as error:
            return [Figure(FIGURES[0][1], "", Failure.of(error), None, name)]
    return [
        Figure(words, unit, float(best[key]), target, name) for key, words, unit, target in FIGURES
    ]


@contextmanager
def _servers(count: int, settings: dict[str, str]) -> Iterator[list[str]]:
    environment = {
        "VP_LOG_LEVEL": "error",
        "VP_MAX_PEERS": "100000",
        "VP_MAX_ROOMS": "100000",
        "VP_ADDRESS_CONNECTIONS": "0",
        "VP_ADDRESS_JOINS_PER_MINUTE": "0",
        "VP_ADDRESS_HANDSHAKES_PER_MINUTE": "0",
        **settings,
    }
    with ExitStack() as stack:
        urls = []
        for _ in range(count):
            server = SiteServer(None, environment)
            server.start()
            stack.callback(server.kill)
            urls.append(server.signaling_url)
        yield urls


def _largest_served(setting: Setting, name: str, urls: list[str]) -> dict[str, Any]:
    """The last step before a core was full or delivery became slow; the first in any case.

    Raises:
        RuntimeError: not even the first step could be measured.
    """
    best: dict[str, Any] = {}
    bad = 0
    command = [sys.executable, "-m", "tools.bench.socket_crowd", *urls]
    command += ["--steps", ",".join(map(str, STEPS))]
    environment = os.environ | {"PYTHONPATH": f"{ROOT / 'py'}{os.pathsep}{ROOT}"}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as crowd:
        assert crowd.stdout is not None
        for line in crowd.stdout:
            step = json.loads(line)
            step["full_core"] = 1e6 / step["message_cpu_us"]
            setting.step.note(f"{name}: {step['peers']} peers, p99 {step['p99_ms']:.1f} ms")
            slow = step["p99_ms"] >= DELIVERY_MS.limit or step["missing"] > MISSING
            good = not slow and not step["lost"]
            bad = 0 if good else bad + 1
            if good or not best:
                best = step
            if bad == PATIENCE or step["lost"] or step["cpu"] > FULL_CORE * len(urls):
                break
        crowd.kill()
    if not best:
        raise RuntimeError("the crowd could not be brought together")
    return best
