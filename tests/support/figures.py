"""The figures of a running server, as Prometheus reads them."""

from __future__ import annotations

import httpx
from prometheus_client.parser import text_string_to_metric_families

PREFIX = "virtualpersona_"


def read_figures(text: str) -> dict[str, float]:
    """All samples by name and labels."""
    return {
        sample.name + "".join(f" {value}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def figure(address: str, name: str) -> float:
    """One figure, such as ``peers``, of the server at ``address``."""
    async with httpx.AsyncClient(trust_env=False) as http:
        return read_figures((await http.get(address + "metrics")).text)[PREFIX + name]
