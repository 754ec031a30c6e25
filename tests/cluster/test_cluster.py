"""The render server on two nodes of a real Ray cluster."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from typing import Any

import httpx
import numpy as np
import pytest
from tests.support import expressions
from tests.support.node import needs_node
from tests.support.polling import until
from tests.support.portraits import built_in
from tests.support.ray_cluster import RayCluster
from tests.support.ray_viewer import RayViewer
from tests.support.render_client import render_client

from persona_core.wire.rendering import (
    MAX_UP_BYTES,
    OpenRequest,
    PictureFormat,
    Ready,
    Refusal,
    RenderCode,
)

pytestmark = [needs_node, pytest.mark.timeout(170)]
WANTED = OpenRequest(side=256, fps=10, formats=(PictureFormat.WEBP,))
STILL, OPENED = expressions.params({}), expressions.params({"jawOpen": 0.8})
SETTINGS: dict[str, Any] = {"allowed_origins": "*", "log_level": "error"}


def gap(one: Any, other: Any) -> float:
    """Mean difference of two pictures, in levels of 255."""
    return float(np.abs(one.astype(int) - other).mean())


async def test_viewers_are_back_with_their_own_portraits_when_a_node_dies() -> None:
    settings = SETTINGS | {"min_replicas": 2, "max_replicas": 2, "max_sessions": 4}
    with RayCluster(settings) as cluster:
        async with AsyncExitStack() as stack:
            viewers = [
                await stack.enter_async_context(RayViewer(cluster.url, built_in(name), WANTED))
                for name in ("runner", "officer")
            ]
            before = [await viewer.see(OPENED) for viewer in viewers]
            apart = gap(*before)
            await asyncio.to_thread(cluster.kill_second)

            async def is_lost() -> bool:
                return any(viewer.lost for viewer in viewers)

            await until(is_lost)
            for viewer, picture in zip(viewers, before, strict=True):
                again = await viewer.see(OPENED)
                assert gap(again, picture) < 0.1 * apart, "their own, and nobody else's"
                assert gap(await viewer.see(STILL), picture) > 0.5, "which follows"
            assert sum(viewer.lost for viewer in viewers) >= 1


async def test_replicas_follow_sessions_and_nobody_is_cut_when_one_is_drained() -> None:
    settings = SETTINGS | {
        **{"min_replicas": 1, "max_replicas": 2, "max_sessions": 2, "fill": 0.5},
        **{"scale_up_seconds": 1, "scale_down_seconds": 2, "grace_seconds": 120},
    }
    with RayCluster(settings) as cluster:
        async with AsyncExitStack() as stack:
            viewers = [
                await stack.enter_async_context(RayViewer(cluster.url, built_in(), WANTED))
                for _ in range(3)
            ]
            for viewer in viewers:
                await viewer.see(STILL)  # the third waits until there is a second replica
            assert cluster.replicas() == 2
            for viewer in viewers[1:]:
                await viewer.leave()
            for _ in range(600):
                if await asyncio.to_thread(cluster.replicas) == 1:
                    break
                await viewers[0].see(STILL)
                await asyncio.sleep(0.1)
            assert cluster.replicas() == 1
            await viewers[0].see(OPENED)
            assert viewers[0].lost == 0, "who is there may stay"


@pytest.fixture(scope="module")
def cluster() -> Iterator[RayCluster]:
    settings = SETTINGS | {"allowed_origins": "https://you.example", "max_replicas": 1}
    with RayCluster(settings) as running:
        yield running


async def test_limits_hold_behind_ray_when_a_client_breaks_them(cluster: RayCluster) -> None:
    portrait = built_in().to_bytes()
    async with render_client(cluster.url, origin="https://evil.example") as client:
        assert (await client.end())[1] == RenderCode.ORIGIN_REFUSED
    async with RayViewer(cluster.url, built_in(), WANTED) as viewer:
        await viewer.see(STILL)
        for wrong, code in (
            (b"x" * (MAX_UP_BYTES + 1), RenderCode.PORTRAIT_BAD),
            (b"x" * 8_000_000, RenderCode.PORTRAIT_BAD),
            (portrait[:-1000], RenderCode.PORTRAIT_BAD),
        ):
            async with render_client(cluster.url) as client:
                answer = await client.open(wrong, WANTED)
                assert isinstance(answer, Refusal)
                assert answer.code == code
        async with render_client(cluster.url) as client:
            answer = await client.open(portrait, replace(WANTED, side=300))
            assert isinstance(answer, Refusal)
            assert answer.code == RenderCode.UNSUPPORTED_SIZE
        await viewer.see(OPENED)
        assert viewer.lost == 0


async def test_viewer_is_let_in_when_a_place_becomes_free(cluster: RayCluster) -> None:
    portrait = built_in().to_bytes()
    async with AsyncExitStack() as stack:
        for _ in range(3):  # that one worker has
            client = await stack.enter_async_context(render_client(cluster.url))
            assert isinstance(await client.open(portrait, WANTED), Ready)
        waiting = asyncio.create_task(_open_one(cluster.url, portrait))
        await asyncio.sleep(1.0)
        assert not waiting.done(), "there is no place"
    assert isinstance(await waiting, Ready)


async def _open_one(url: str, portrait: bytes) -> Ready | Refusal:
    for _ in itertools.count():
        with suppress(OSError, TimeoutError):
            async with render_client(url) as client:
                return await client.open(portrait, WANTED)
    raise AssertionError


def test_health_is_told_when_it_is_asked_for(cluster: RayCluster) -> None:
    address = cluster.url.replace("ws:", "http:").replace("/render", "/healthz")
    assert httpx.get(address, trust_env=False).json()["status"] == "ok"
