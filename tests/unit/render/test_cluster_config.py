"""What an operator of a cluster can set."""

from __future__ import annotations

from typing import Any

import pytest

from persona_render.cluster.cluster_config import ClusterConfig
from persona_server.config import ConfigError


def test_settings_that_are_named_go_before_the_environment_s() -> None:
    environment = {"VP_RENDER_MAX_REPLICAS": "3", "VP_RENDER_MAX_SIDE": "256", "OTHER": "x"}
    named = {"max_replicas": 6, "replica_gpus": 0.25, "allowed_origins": "https://a,https://b"}
    config = ClusterConfig.of(named, environment)
    assert (config.max_replicas, config.max_side) == (6, 256)
    assert config.replica_gpus == 0.25
    assert config.allowed_origins == ("https://a", "https://b")


@pytest.mark.parametrize(("cpus", "workers", "sessions"), [(1, 1, 3), (2.5, 3, 9), (0.5, 1, 3)])
def test_replica_draws_as_much_at_once_as_it_has_cores(
    cpus: float, workers: int, sessions: int
) -> None:
    config = ClusterConfig(replica_cpus=cpus)
    assert (config.worker_count, config.session_limit) == (workers, sessions)
    assert ClusterConfig(replica_cpus=cpus, workers=5).worker_count == 5


@pytest.mark.parametrize(
    "named",
    [
        {"min_replicas": 0},
        {"min_replicas": 5},
        {"replica_cpus": 0},
        {"replica_gpus": -1},
        {"fill": 0},
        {"fill": 1.5},
        {"grace_seconds": -1},
        {"scale_up_seconds": "soon"},
        {"max_side": 0},
        {"repliccas": 2},
    ],
)
def test_setting_is_refused_by_name_when_it_makes_no_sense(named: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(iter(named)).upper() + "|" + next(iter(named))):
        ClusterConfig.of(named, {})
