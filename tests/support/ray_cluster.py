"""A real Ray cluster of two nodes on this machine, with the render server on it."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from tests.support.site_server import ROOT

# Before Ray is imported: it tells its makers nothing, and its processes find our packages.
os.environ |= {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_SERVE_LOG_TO_STDERR": "0",
    # One proxy serves both nodes here.
    "RAY_SERVE_PROXY_PREFER_LOCAL_NODE_ROUTING": "0",
    "PYTHONPATH": str(ROOT / "py"),
}

import ray
from ray import serve
from ray.cluster_utils import Cluster

from persona_render.cluster.replicas import application


class RayCluster:
    """Runs inside a ``with`` block; the second node can be taken away.

    Args:
        settings: of the render server.
        node_cpus: that each node claims to have.
    """

    def __init__(self, settings: Mapping[str, Any], node_cpus: int = 1) -> None:
        self._settings = settings
        self._node_cpus = node_cpus
        self._port = _free_port()

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self._port}/render"

    def __enter__(self) -> Self:
        node = {"num_cpus": self._node_cpus, "include_dashboard": False}
        self._cluster = Cluster(initialize_head=True, head_node_args=node)
        self._second = self._cluster.add_node(num_cpus=self._node_cpus)
        try:
            ray.init(address=self._cluster.address, log_to_driver=False, logging_level="error")
            options = {"host": "127.0.0.1", "port": self._port}
            serve.start(proxy_location="HeadOnly", http_options=options)
            serve.run(application(self._settings), name="render", route_prefix="/")
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def _end(self) -> None:
        serve.shutdown()
        ray.shutdown()
        self._cluster.shutdown()

    def replicas(self) -> int:
        """That serve now."""
        [deployment] = serve.status().applications["render"].deployments.values()
        return int(deployment.replica_states.get("RUNNING", 0))

    def kill_second(self) -> None:
        """Ends all processes of the second node, as a power cut does."""
        self._cluster.remove_node(self._second, allow_graceful=False)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
