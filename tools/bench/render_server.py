"""The render server: what its pictures cost to draw and to send, and what two viewers get of it."""

from __future__ import annotations

import asyncio
import base64
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final

import av
from playwright.sync_api import Page
from tests.support.chromium import launch
from tests.support.portraits import built_in
from tests.support.render_client import RenderClient, render_client
from tests.support.site_config import configure
from tests.support.site_server import ROOT, SiteServer
from tools.bench.figures import Figure, Summary, Target
from tools.bench.process_cpu import PROC, read_stat
from tools.bench.setting import Setting, run_apart, site_folder

from persona_core.portrait.expressions.portrait_set import PortraitSet
from persona_core.wire.codec import encode_frame
from persona_core.wire.motion_track import load_demo
from persona_core.wire.rendering import OpenRequest, PictureFormat, Ready
from persona_render.coding import H264, VP8, Coder, VideoCoder, WebpCoder
from persona_render.engines.engine import EngineOptions, Picture, Session
from persona_render.engines.lite import LiteEngine

TITLE = "The render server, with LivePortrait-Lite"
SIDES: Final = (256, 512)
RATES: Final = (15, 30)
KBIT: Final = 500
PICTURES: Final = 60
WARM_UP: Final = 10
VIEWER_FPS: Final = 20
HELD_FPS: Final = 15
WATCH_S: Final = 10.0
ROUNDS: Final = 3
PAGE_S: Final = 5.0
SCRIPT: Final = Path(__file__).parent / "render_page.js"
MODEL: Final = ROOT / "static" / "models" / "liveportrait-lite"
SHOWN_FPS: Final = Target(">=", 0.95 * VIEWER_FPS)
SHOWN_MS: Final = Target("<=", 100)
SENT_KBIT: Final = Target("<=", 600)
OVERHEAD: Final = Target("<=", 25)
LEFT_MS: Final = Target("<=", 1000)
DEATHS: Final = 3
START_MS: Final = 90_000
WORN: Final = "localStorage.setItem('vp.portrait', 'runner')"
# When it is so, in milliseconds of the machine's clock.
DRAWN: Final = """(byServer) => {
  const { graphics } = JSON.parse(virtualpersona.report());
  return (graphics.rung === "server") === byServer && !graphics.starting && Date.now();
}"""


def measure(setting: Setting) -> list[Figure]:
    """Each form of pictures by itself, the bare engine, then one and two viewers of a server in a
    process of its own, and a viewer that is a page."""
    engine = LiteEngine(EngineOptions(MODEL))
    try:
        figures = []
        for side in SIDES:
            setting.step.note(f"{side} pixels")
            drawn = {fps: _film(engine, side, fps) for fps in RATES}
            figures += drawn[RATES[-1]].figures(side)
            for fps in RATES:
                figures += _forms(drawn[fps].pictures, side, fps)
    finally:
        engine.close()
    for viewers in (1, 2):
        setting.step.note(f"{viewers} viewers")
        figures += _served(viewers)
    setting.step.note("in a page")
    figures += _in_page(setting)
    setting.step.note("the server dies")
    return [*figures, *_left(setting)]


@dataclass
class _Film:
    pictures: list[Picture] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    cpu_s: float = 0.0

    def figures(self, side: int) -> list[Figure]:
        column = f"{side} px"
        return [
            Figure("bare engine, a picture", "ms", Summary.of(self.times), column=column),
            Figure("of which CPU, painting process included", "ms", 1e3 * self.cpu_s, None, column),
            Figure(
                f"portraits that a core could hold at {HELD_FPS} fps",
                "",
                1.0 / (HELD_FPS * self.cpu_s),
                None,
                column,
            ),
        ]


def _film(engine: LiteEngine, side: int, fps: int) -> _Film:
    track, film = load_demo(), _Film()
    session = engine.open(PortraitSet(built_in()), side)
    before = 0.0
    for number in range(WARM_UP + PICTURES):
        if number == WARM_UP:
            before = cpu_s_of(os.getpid())
        start = time.perf_counter()
        picture = session.render(track.sample(1e3 * number / fps))
        if number >= WARM_UP:
            film.times.append(1e3 * (time.perf_counter() - start))
            film.pictures.append(picture)
    film.cpu_s = (cpu_s_of(os.getpid()) - before) / PICTURES
    session.close()
    return film


def _forms(pictures: Sequence[Picture], side: int, fps: int) -> list[Figure]:
    column = f"{side} px, {fps} fps"
    coders: dict[str, Coder] = {
        "VP8": VideoCoder(VP8, side, fps, KBIT),
        "H.264": VideoCoder(H264, side, fps, KBIT),
        "WebP": WebpCoder(),
    }
    figures = []
    for name, coder in coders.items():
        start = time.process_time()
        coded = [coder.code(picture)[0] for picture in pictures]
        code_ms = 1e3 * (time.process_time() - start) / len(pictures)
        decoder: Any = av.CodecContext.create(
            {"VP8": "vp8", "H.264": "h264", "WebP": "webp"}[name], "r"
        )
        decoder.thread_count = 1
        start = time.process_time()
        for data in coded:
            decoder.decode(av.Packet(data))
        decode_ms = 1e3 * (time.process_time() - start) / len(pictures)
        kbit = 8e-3 * fps * sum(map(len, coded)) / len(coded)
        figures += [
            Figure(f"{name}: to code", "ms CPU", code_ms, None, column),
            Figure(f"{name}: to decode natively", "ms CPU", decode_ms, None, column),
            Figure(f"{name}: sent", "kbit/s", kbit, None, column),
        ]
    return figures


@dataclass
class Watched:
    """What one viewer saw."""

    answers: list[float] = field(default_factory=list)
    bytes: int = 0


def _paced(portraits: int) -> float:
    """CPU seconds of a picture of the bare engine, for so many portraits and as often as viewers
    are sent one: an engine that never rests finds its caches warm, and a picture costs less."""
    engine = LiteEngine(EngineOptions(MODEL, workers=portraits))
    sessions = [engine.open(PortraitSet(built_in()), SIDES[0]) for _ in range(portraits)]

    def draw(session: Session, seconds: float) -> int:
        track, count = load_demo(), 0
        due = begun = time.perf_counter()
        while due < begun + seconds:
            session.render(track.sample(1e3 * due))
            count += 1
            due = max(due + 1.0 / VIEWER_FPS, time.perf_counter())
            time.sleep(max(due - time.perf_counter(), 0.0))
        return count

    try:
        with ThreadPoolExecutor(portraits) as pool:
            list(pool.map(draw, sessions, repeat(WARM_UP / VIEWER_FPS)))
            before = cpu_s_of(os.getpid())
            count = sum(pool.map(draw, sessions, repeat(WATCH_S)))
            return (cpu_s_of(os.getpid()) - before) / count
    finally:
        engine.close()


def _served(viewers: int) -> list[Figure]:
    """What viewers get of a server, in turns with the bare engine."""
    column = f"{viewers} viewer{'s' if viewers > 1 else ''}, 256 px, {VIEWER_FPS} fps"
    watched, slowest, cores, costs, bare = list[Watched](), [], [], [], []
    for _ in range(ROUNDS):
        bare.append(1e3 * _paced(viewers))
        with _server() as server:
            seen, cpu_s = run_apart(
                watch_all(server.render_url, viewers, lambda process=server.pid: cpu_s_of(process))
            )
        counts = [len(each.answers) for each in seen]
        watched += seen
        slowest.append(min(counts) / WATCH_S)
        cores.append(cpu_s / WATCH_S)
        costs.append(1e3 * cpu_s / sum(counts))
    kbit = [each.bytes * 8e-3 / WATCH_S for each in watched]
    answers = [answer for each in watched for answer in each.answers]
    overhead = [100.0 * (cost / own - 1.0) for cost, own in zip(costs, bare, strict=True)]
    return [
        Figure("pictures of the slower viewer", "fps", median(slowest), SHOWN_FPS, column),
        Figure("parameters sent to picture decoded", "ms", Summary.of(answers), SHOWN_MS, column),
        Figure("sent to a viewer", "kbit/s", max(kbit), SENT_KBIT, column),
        Figure("server", "cores", median(cores), None, column),
        Figure("CPU of a picture", "ms", median(costs), None, column),
        Figure("bare engine's, as often", "ms", median(bare), None, column),
        Figure("CPU above the bare engine's", "%", median(overhead), OVERHEAD, column),
    ]


def _in_page(setting: Setting) -> list[Figure]:
    """One viewer that is a real page, which decodes and draws, by form and size."""
    browser = launch(setting.playwright)
    figures = []
    try:
        # The site's own policy names no render server.
        page = browser.new_context(bypass_csp=True).new_page()
        page.goto(f"{setting.url}models/index.json")
        with _server() as server:
            for side in SIDES:
                for form in PictureFormat:
                    figures += _watched_in_page(page, server.render_url, form, side)
    finally:
        browser.close()
    return figures


def _watched_in_page(page: Page, url: str, form: PictureFormat, side: int) -> list[Figure]:
    track = load_demo()
    frames = [
        encode_frame(track.sample(1e3 * number / VIEWER_FPS), number)
        for number in range(round(PAGE_S * VIEWER_FPS))
    ]
    told = page.evaluate(
        "async ({ script, ...job }) => (await import(script)).watch(job)",
        {
            "script": f"data:text/javascript;base64,{_text(SCRIPT.read_bytes())}",
            "url": url,
            "open": OpenRequest(side, VIEWER_FPS, (form,)).to_text(),
            "portrait": _text(built_in().to_bytes()),
            "frames": [_text(frame) for frame in frames],
            "fps": VIEWER_FPS,
            "format": form.value,
            "side": side,
        },
    )
    column = f"page, {side} px, {form.value}"
    shown = told["shown"][WARM_UP:]
    return [
        Figure("pictures", "fps", len(told["shown"]) / PAGE_S, None, column),
        Figure("parameters sent to picture drawn", "ms", Summary.of(shown), SHOWN_MS, column),
        Figure("of which decoding and drawing", "ms", Summary.of(told["decoded"]), None, column),
    ]


def _left(setting: Setting) -> list[Figure]:
    """A page whose server dies: how long until this device has drawn."""
    browser, waits = launch(setting.playwright), list[float]()
    with TemporaryDirectory() as folder:
        site = Path(folder) / "site"
        shutil.copytree(site_folder(), site)
        with _server() as server, SiteServer(site) as pages:
            configure(site, render={"url": server.render_url, "operator": "us"})
            try:
                page = browser.new_page()
                page.add_init_script(WORN)
                page.goto(f"{pages.url}test-v3/")
                page.click("#render-agree", timeout=START_MS)
                for _ in range(DEATHS):
                    page.wait_for_function(DRAWN, arg=True, timeout=START_MS)
                    begun = time.time()
                    server.kill()
                    drawn = page.wait_for_function(DRAWN, arg=False, timeout=START_MS)
                    waits.append(drawn.json_value() - 1e3 * begun)
                    server.start()
            finally:
                browser.close()
    return [Figure("server killed to portrait drawn here", "ms", Summary.of(waits), LEFT_MS)]


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


@contextmanager
def _server() -> Iterator[SiteServer]:
    # Any page may: the one that watches has an origin of its own.
    variables = {"VP_RENDER_LOG_LEVEL": "error", "VP_RENDER_ALLOWED_ORIGINS": "*"}
    with SiteServer(None, variables, "persona_render") as server:
        yield server


async def watch_all(
    url: str, viewers: int, cpu_s: Callable[[], float]
) -> tuple[list[Watched], float]:
    """What viewers of a server saw, and the CPU time meanwhile."""
    ready = asyncio.Barrier(viewers + 1)
    tasks = [asyncio.create_task(_watch(url, ready)) for _ in range(viewers)]
    await ready.wait()
    before = cpu_s()
    await asyncio.sleep(WATCH_S)
    spent = cpu_s() - before
    return await asyncio.gather(*tasks), spent


async def _watch(url: str, ready: asyncio.Barrier) -> Watched:
    """Sends the demo motion and decodes what comes, as a page does."""
    wanted = OpenRequest(256, VIEWER_FPS, (PictureFormat.VP8,))
    watched, track, sent = Watched(), load_demo(), dict[bytes, float]()
    async with render_client(url) as client:
        assert isinstance(await client.open(built_in().to_bytes(), wanted), Ready)
        await client.show(track.sample(0.0))
        await ready.wait()
        end = time.perf_counter() + WATCH_S

        async def send() -> None:
            while (now := time.perf_counter()) < end:
                sent[await client.send(track.sample(1e3 * now))] = now
                await asyncio.sleep(1.0 / VIEWER_FPS - (time.perf_counter() - now))

        await asyncio.gather(send(), _receive(client, sent, watched, end))
    return watched


async def _receive(
    client: RenderClient, sent: dict[bytes, float], watched: Watched, end: float
) -> None:
    while (left := end - time.perf_counter()) > 0.0:
        try:
            picture = await asyncio.wait_for(client.receive(), left)
        except TimeoutError:
            return
        client.decode(picture)
        watched.answers.append(1e3 * (time.perf_counter() - sent[picture.frame]))
        watched.bytes += len(picture.data)


def cpu_s_of(process: int) -> float:
    """CPU seconds of a process and all its children."""
    stats = {
        int(folder.name): stat
        for folder in PROC.iterdir()
        if folder.name.isdecimal() and (stat := read_stat(Path(folder)))
    }
    family, seconds = {process}, 0.0
    for number, stat in sorted(stats.items()):
        if number == process or stat.parent in family:
            family.add(number)
            seconds += stat.seconds
    return seconds
