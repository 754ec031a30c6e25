"""Model files over a real network stack, a real cache and a server with moods."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit

import numpy as np
import pytest
from playwright.sync_api import Route
from pytest_pyodide import run_in_pyodide
from tests.support.pyodide_page import PageRunner

FOLDER = "test-shards"


class ShardServer:
    """Serves random files below ``test-shards/``; each path has moods, one an answer.

    Attributes:
        asked: how often each path was asked for.
    """

    def __init__(self) -> None:
        self.bodies: dict[str, bytes] = {}
        self.asked: Counter[str] = Counter()
        self._moods: dict[str, list[str]] = {}
        self._held: list[Route] = []

    def add(self, name: str, size: int, *moods: str) -> tuple[str, str, int]:
        """A file as the store wants it named: path, SHA-256, bytes; the last mood stays."""
        seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "little")
        body = np.random.default_rng(seed).bytes(size)
        path = f"{FOLDER}/{name}"
        self.bodies[path] = body
        self._moods[path] = list(moods or ("right",))
        return path, hashlib.sha256(body).hexdigest(), size

    def answer(self, route: Route) -> None:
        path = FOLDER + urlsplit(route.request.url).path.partition(FOLDER)[2]
        self.asked[path] += 1
        body, moods = self.bodies[path], self._moods[path]
        mood = moods.pop(0) if len(moods) > 1 else moods[0]
        if mood == "stall":
            self._held.append(route)
        elif mood == "lost":
            route.abort("connectionreset")
        else:
            status = {"partial": 206, "error": 503}.get(mood, 200)
            given = {
                "html": b"<!doctype html><title>Not found</title>",
                "short": body[:-1],
                "long": body + b"!",
                "wrong": body[:-1] + bytes([body[-1] ^ 1]),
                "partial": body[: len(body) // 2],
            }.get(mood, body)
            route.fulfill(status=status, body=given, content_type="application/octet-stream")

    def release(self) -> None:
        for route in self._held:
            route.abort()


@pytest.fixture
def shards(selenium: PageRunner) -> Iterator[ShardServer]:
    server = ShardServer()
    pattern = f"**/{FOLDER}/**"
    selenium.driver.context.route(pattern, server.answer)
    selenium.run_js("await caches.delete('virtualpersona-models')")
    yield server
    server.release()
    selenium.driver.context.unroute(pattern)


@run_in_pyodide
async def fetch(selenium, files, patience):
    """What came of one fetch: ``(hashes, progress, unkept)`` or the error's code."""
    import hashlib

    from persona_core.errors import ModelError
    from persona_web.bridge.neural.model_store import ModelFile, ModelStore
    from persona_web.bridge.site import Site

    progress: list[int] = []
    unkept: list[str] = []
    store = await ModelStore.load_store(Site())
    try:
        buffers = await store.fetch(
            [[ModelFile(*file)] for file in files],
            progress.append,
            unkept.append,
            stall_ms=patience,
            delays_ms=[10, 20],
        )
    except ModelError as error:
        return error.code
    finally:
        store.close()
    return [hashlib.sha256(buffer.to_bytes()).hexdigest() for buffer in buffers], progress, unkept


PATIENT_MS = 20_000
IMPATIENT_MS = 2_000
"""What is answered at all comes sooner, on a busy machine, too."""


def test_store_gives_every_file_in_order_when_all_goes_well(
    selenium: PageRunner, shards: ShardServer
) -> None:
    files = [shards.add(f"{index}.bin", 200_000 + index) for index in range(7)]
    hashes, progress, unkept = fetch(selenium, files, PATIENT_MS)
    assert hashes == [sha256 for _, sha256, _ in files]
    assert progress == sorted(set(progress))
    assert progress[-1] == sum(size for _, _, size in files)
    assert unkept == []


@run_in_pyodide
async def joined(selenium, parts):
    """Each part's SHA-256."""
    import hashlib

    from persona_web.bridge.neural.model_store import ModelFile, ModelStore
    from persona_web.bridge.site import Site

    store = await ModelStore.load_store(Site())
    wanted = [[ModelFile(*file) for file in part] for part in parts]
    buffers = await store.fetch(wanted, lambda _bytes: None, lambda _why: None)
    store.close()
    return [hashlib.sha256(buffer.to_bytes()).hexdigest() for buffer in buffers]


@pytest.mark.parametrize("where", ["network", "cache"])
def test_store_puts_shards_end_to_end_when_they_are_one_part(
    selenium: PageRunner, shards: ShardServer, where: str
) -> None:
    graph, *weights = [shards.add(f"{index}.bin", 70_000 + index) for index in range(6)]
    parts = [weights, [graph]]
    if where == "cache":
        joined(selenium, parts)
    together = b"".join(shards.bodies[path] for path, _, _ in weights)
    assert joined(selenium, parts) == [hashlib.sha256(together).hexdigest(), graph[1]]


def test_store_asks_for_nothing_when_the_files_are_kept(
    selenium: PageRunner, shards: ShardServer
) -> None:
    files = [shards.add(f"{index}.bin", 50_000) for index in range(3)]
    fetch(selenium, files[:2], PATIENT_MS)
    hashes, progress, _ = fetch(selenium, files, PATIENT_MS)
    assert hashes == [sha256 for _, sha256, _ in files]
    assert progress[-1] == 150_000
    assert shards.asked == Counter({path: 1 for path, _, _ in files})


@pytest.mark.parametrize(
    "mood", ["html", "short", "long", "wrong", "partial", "error", "lost", "stall"]
)
def test_store_tries_again_when_an_answer_is_bad(
    selenium: PageRunner, shards: ShardServer, mood: str
) -> None:
    files = [shards.add("good.bin", 1000), shards.add("bad.bin", 1000, mood, mood, "right")]
    hashes, progress, _ = fetch(selenium, files, IMPATIENT_MS if mood == "stall" else PATIENT_MS)
    assert hashes == [sha256 for _, sha256, _ in files]
    assert progress == sorted(set(progress))
    assert progress[-1] == 2000
    assert shards.asked[f"{FOLDER}/bad.bin"] == 3


@pytest.mark.parametrize(
    ("mood", "code"),
    [
        ("html", "model-damaged"),
        ("short", "model-damaged"),
        ("long", "model-damaged"),
        ("wrong", "model-damaged"),
        ("partial", "model-download"),
        ("error", "model-download"),
        ("lost", "model-download"),
        ("stall", "model-stalled"),
    ],
)
def test_store_says_why_and_keeps_the_rest_when_an_answer_stays_bad(
    selenium: PageRunner, shards: ShardServer, mood: str, code: str
) -> None:
    good, bad = shards.add("good.bin", 1000), shards.add("bad.bin", 1000, mood)
    assert fetch(selenium, [good, bad], IMPATIENT_MS if mood == "stall" else PATIENT_MS) == code
    assert fetch(selenium, [good], PATIENT_MS)[0] == [good[1]]
    assert shards.asked[good[0]] == 1


@pytest.mark.parametrize("damage", ["changed", "cut short"])
def test_store_fetches_anew_when_a_kept_file_was_tampered_with(
    selenium: PageRunner, shards: ShardServer, damage: str
) -> None:
    files = [shards.add("a.bin", 1000), shards.add("b.bin", 1000)]
    fetch(selenium, files, PATIENT_MS)
    changed = bytearray(shards.bodies[files[0][0]])
    changed[500] ^= 1
    body = bytes(changed) if damage == "changed" else bytes(changed[:400])
    selenium.driver.evaluate(
        """async ([sha256, body]) => {
          const cache = await caches.open("virtualpersona-models");
          const [key] = (await cache.keys()).filter(({ url }) => url.endsWith(sha256));
          await cache.put(key, new Response(new Uint8Array(body)));
        }""",
        [files[0][1], list(body)],
    )
    assert fetch(selenium, files, PATIENT_MS)[0] == [sha256 for _, sha256, _ in files]
    fetch(selenium, files, PATIENT_MS)
    assert shards.asked == Counter({files[0][0]: 2, files[1][0]: 1})


def test_store_gives_the_files_and_says_so_when_the_disk_is_full(
    selenium: PageRunner, shards: ShardServer
) -> None:
    files = [shards.add(f"{index}.bin", 400_000) for index in range(6)]
    session = selenium.driver.context.new_cdp_session(selenium.driver)
    origin = selenium.driver.evaluate("location.origin")
    session.send("Storage.overrideQuotaForOrigin", {"origin": origin, "quotaSize": 1_000_000})
    try:
        hashes, progress, unkept = fetch(selenium, files, PATIENT_MS)
    finally:
        session.send("Storage.overrideQuotaForOrigin", {"origin": origin})
        session.detach()
    assert hashes == [sha256 for _, sha256, _ in files]
    assert progress[-1] == 2_400_000
    assert len(unkept) == 1


@run_in_pyodide
async def cancelled(selenium, files):
    """Cancels as soon as one file is kept; the code, and what is kept then."""
    import asyncio

    from persona_core.errors import ModelError
    from persona_web.bridge.neural.model_store import ModelFile, ModelStore
    from persona_web.bridge.site import Site

    store = await ModelStore.load_store(Site())
    wanted = [[ModelFile(*file)] for file in files]
    fetching = asyncio.ensure_future(store.fetch(wanted, lambda _bytes: None, lambda _why: None))
    while not await store.inventory():  # noqa: ASYNC110 - the worker tells of bytes only
        await asyncio.sleep(0.01)
    store.cancel()
    try:
        await fetching
    except ModelError as error:
        return error.code, sorted(await store.inventory())
    finally:
        store.close()


def test_store_stops_and_resumes_with_the_missing_files_when_cancelled(
    selenium: PageRunner, shards: ShardServer
) -> None:
    good, held = shards.add("good.bin", 1000), shards.add("held.bin", 1000, "stall", "right")
    code, kept = cancelled(selenium, [good, held])
    assert code == "model-cancelled"
    assert kept == [good[1]]
    assert fetch(selenium, [good, held], PATIENT_MS)[0] == [good[1], held[1]]
    assert shards.asked[good[0]] == 1


@run_in_pyodide
async def cleared(selenium):
    from persona_web.bridge.neural.model_store import ModelStore
    from persona_web.bridge.site import Site

    store = await ModelStore.load_store(Site())
    before = await store.inventory()
    await store.clear()
    after = await store.inventory()
    store.close()
    return len(before), len(after)


def test_store_keeps_nothing_when_it_was_cleared(selenium: PageRunner, shards: ShardServer) -> None:
    fetch(selenium, [shards.add("a.bin", 1000)], PATIENT_MS)
    assert cleared(selenium) == (1, 0)
