"""The render server on Ray: what its way costs beside the bare process, and how long the viewers of
a node that dies are without pictures."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from importlib.util import find_spec
from typing import Final

from tests.support import expressions
from tests.support.polling import until
from tests.support.portraits import built_in
from tests.support.ray_viewer import RayViewer
from tests.support.site_server import SiteServer
from tools.bench.figures import Figure, LeftOut, Summary, Target
from tools.bench.render_server import WATCH_S, cpu_s_of, watch_all
from tools.bench.setting import Setting, run_apart

from persona_core.wire.rendering import OpenRequest, PictureFormat

TITLE: Final = "The render server on two nodes of Ray, on this machine"
AWAY_S: Final = Target("<=", 5)
WANTED: Final = OpenRequest(256, 10, (PictureFormat.WEBP,))
SETTINGS: Final = {"allowed_origins": "*", "log_level": "error"}


def measure(setting: Setting) -> list[Figure]:
    """One viewer of the bare process and of a cluster, then a node's death."""
    if find_spec("ray") is None:
        why = "no Ray: VP_CLUSTER=1 python build.py test --only cluster installs it"
        return [Figure("viewer of a cluster", "ms", LeftOut(why))]
    from tests.support.ray_cluster import RayCluster

    setting.step.note("the bare process")
    environment = {"VP_RENDER_LOG_LEVEL": "error", "VP_RENDER_WORKERS": "1"}
    with SiteServer(None, environment, "persona_render") as server:
        figures = _watched("bare", server.render_url, lambda: cpu_s_of(server.pid))
    setting.step.note("one replica")
    with RayCluster(SETTINGS | {"max_replicas": 1}) as cluster:
        figures += _watched("Ray", cluster.url, _family_s)
    setting.step.note("a node dies")
    with RayCluster(SETTINGS | {"min_replicas": 2, "max_replicas": 2}) as cluster:
        away_s = run_apart(_away(cluster.url, cluster.kill_second))
    return [
        *figures,
        Figure("socket lost to next picture, where a node dies", "s", away_s, AWAY_S, "Ray"),
    ]


def _watched(column: str, url: str, cpu_s: Callable[[], float]) -> list[Figure]:
    [watched], spent_s = run_apart(watch_all(url, 1, cpu_s))
    count = len(watched.answers)
    return [
        Figure("pictures", "fps", count / WATCH_S, None, column),
        Figure(
            "parameters sent to picture decoded", "ms", Summary.of(watched.answers), None, column
        ),
        Figure("CPU a picture", "ms", 1e3 * spent_s / count, None, column),
    ]


def _family_s() -> float:
    """CPU seconds of all processes of the cluster, which are children of this one."""
    return cpu_s_of(os.getpid()) - time.process_time()


async def _away(url: str, kill: Callable[[], None]) -> float:
    """From the loss of a socket to the next picture, in seconds."""
    face = expressions.params({})
    async with AsyncExitStack() as stack:
        viewers = [
            await stack.enter_async_context(RayViewer(url, built_in(), WANTED)) for _ in range(2)
        ]
        for viewer in viewers:
            await viewer.see(face)
        await asyncio.to_thread(kill)

        async def is_back() -> bool:
            return any(viewer.lost and viewer.away_s for viewer in viewers)

        await until(is_back)
        return max(viewer.away_s for viewer in viewers)
