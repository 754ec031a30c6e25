"""The nano model: its files, as a page asks for them, and what a test of it waits for."""

from __future__ import annotations

import json
import time
from collections import Counter

from playwright.sync_api import Route
from tests.support import pictures
from tests.support.nano import NANO
from tests.support.tab import Tab

MANIFEST = json.loads((NANO / "manifest.json").read_text("utf-8"))
SHARD = MANIFEST["weights"][0]["shards"][0]["path"]
GRAPHS = {graph["files"]["fp32"]["path"] for graph in MANIFEST["graphs"]}

# What a visit to the home page leaves: the files by their hashes, and the person's choices.
KEEP = """async ([files, choices]) => {
  const cache = await caches.open("virtualpersona-models");
  for (const { path, sha256 } of files) {
    await cache.put(`/sha256/${sha256}`, await fetch(`models/nano/${path}`));
  }
  for (const [key, value] of Object.entries(choices)) localStorage.setItem(key, value);
}"""


def keep_model(tab: Tab, site_url: str, choices: dict[str, str]) -> None:
    """Leaves the nano model and other choices in a tab's profile, as a visit to the home page does.

    Args:
        choices: what else ``localStorage`` holds.
    """
    graphs = [file for graph in MANIFEST["graphs"] for file in graph["files"].values()]
    shards = [shard for each in MANIFEST["weights"] for shard in each["shards"]]
    tab.page.goto(site_url)
    tab.page.evaluate(KEEP, [graphs + shards, choices | {"vp.neural.model": "nano"}])


class Weights:
    """Stands between a page and the files of its models; counts and may hold or lose them."""

    def __init__(self, tab: Tab) -> None:
        self.asked: Counter[str] = Counter()
        self.held: set[str] = set()
        self.lost = False
        for kind in ("graphs", "shards"):
            tab.context.route(f"**/models/nano/{kind}/**", self._answer)

    def _answer(self, route: Route) -> None:
        path = route.request.url.partition("/models/nano/")[2]
        self.asked[path] += 1
        if self.lost:
            route.abort("connectionreset")
        elif path not in self.held:
            route.continue_()


def wait_moving(tab: Tab, place: str, wait_ms: float) -> None:
    """Waits until the avatar at a place looks another way than now."""
    still = seen = pictures.decode(tab.pixels(place))
    end = time.monotonic() + wait_ms / 1000.0
    while pictures.share_changed(still, seen) <= 0.02:
        assert time.monotonic() < end, f"{place} does not move"
        tab.page.wait_for_timeout(100)
        seen = pictures.decode(tab.pixels(place))
        if seen.shape != still.shape:  # the quality has changed, and with it the size
            still = seen
