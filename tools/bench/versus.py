"""The same talking face in a plain video call and in ours: what each costs, and what arrives.

With a site built from another state of the project in ``VP_DIST_BEFORE``, the ways that have a
target are measured there, too.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page
from tests.support import graphics, rooms
from tests.support.portrait_sets import plain
from tests.support.tab import Tab
from tools.bench import latency, portrait_set, video_call, watching
from tools.bench.figures import Failure, Figure, Summary, Target, attempt, known
from tools.bench.process_cpu import PARTS, ProcessCpu
from tools.bench.setting import Setting
from tools.bench.startup import compared
from tools.bench.watching import Sample
from tools.bench.windows import browse, new_tab, wait_started

from persona_core.portrait.expressions.portrait_set import PortraitSet
from persona_core.portrait.making.person_metric import same_person
from persona_core.portrait.portrait import Portrait

TITLE = "A call beside a plain video call, both ends together"
LONGEST_S: Final = 20
SETTLING_MS: Final = 10_000
"""Until rates and rungs no longer follow from the start."""
WEAR: Final = "localStorage.setItem('vp.portrait', '{}')"
PORTRAIT: Final = "officer"
SKIN: Final = (190, 140, 120)
"""Of all further pictures: what they show costs nothing, that they are mixed does."""
SENT: Final = """async () => {
  let bytes = 0;
  for (const link of connections) {
    for (const row of (await link.getStats()).values()) {
      if (row.type === "transport") bytes += row.bytesSent;
    }
  }
  return bytes;
}"""


@dataclass(frozen=True, slots=True)
class Way:
    """One way of being in a call.

    Attributes:
        page: the room's; empty for plain video.
        portrait: what both go as: the file of a portrait that comes with the site, by its name.
        pictured: whether they have further pictures of it.
        flags: of Chromium.
        over_video: how much CPU it may take, beside plain video.
    """

    name: str
    page: str = ""
    portrait: str = ""
    pictured: bool = False
    flags: Sequence[str] = graphics.WEBGL
    over_video: Target | None = None


WAYS: Final = (
    Way("video"),
    Way("room", "room/"),
    Way("room-v3, drawn", "room-v3/", over_video=Target("<=", 1.0)),
    Way("portrait", "room-v3/", PORTRAIT, over_video=Target("<=", 1.5)),
    Way("set", "room-v3/", PORTRAIT, pictured=True),
    Way("portrait, no GPU", "room-v3/", PORTRAIT, flags=graphics.NONE),
)


@dataclass(frozen=True, slots=True)
class Held:
    """What was seen of a call of two.

    Attributes:
        cores: in use, by :data:`PARTS`.
        arrived: pictures or faces a second that came, mean of both ends.
        kilobits: sent a second, mean of both ends.
        samples: of each page, where it is ours.
        drawn: how old each face was when it was drawn, in ms.
    """

    cores: dict[str, float]
    arrived: float
    kilobits: float
    samples: tuple[list[Sample], ...] = ()
    drawn: Sequence[float] = ()

    @property
    def all_cores(self) -> float:
        return sum(self.cores.values())


def measure(setting: Setting) -> list[Figure]:
    """A grid: figures by way. Each way is held by two browsers, one after the other way."""
    figures: list[Figure] = []
    video_cores: float | Failure = Failure("there was no video call")
    with compared(setting) as sites:
        for way, (site, url) in itertools.product(WAYS, sites.items()):
            if site and way.over_video is None:
                continue
            shown = replace(way, name=f"{way.name}, {site}", over_video=None) if site else way
            setting.step.note(shown.name)
            held = attempt(partial(hold, replace(setting, url=url), shown))
            if not way.page:
                video_cores = attempt(partial(_all_cores, held))
            figures += _column(shown, held, video_cores)
    return figures


def _all_cores(held: Held | Failure) -> float:
    return known(held).all_cores


def _column(way: Way, held: Held | Failure, video_cores: float | Failure) -> list[Figure]:
    def figure(
        name: str,
        unit: str,
        read: Callable[[Held], Summary | float],
        target: Target | None = None,
    ) -> Figure:
        return Figure(name, unit, attempt(lambda: read(known(held))), target, way.name)

    figures = [figure("CPU", "cores", lambda held: held.all_cores)]
    figures += [figure(f"  {part}", "cores", partial(_cores_of, part)) for part in PARTS]
    figures += [
        figure("arrive", "1/s", lambda held: held.arrived),
        figure("sent by each", "kbit/s", lambda held: held.kilobits),
    ]
    if way.page:
        figures += [
            figure(
                "CPU over video's",
                "",
                lambda held: held.all_cores / known(video_cores),
                way.over_video,
            ),
            figure("displayed", "1/s", lambda held: watching.displayed_fps(held.samples[0])),
            figure("capture to drawn", "ms", lambda held: Summary.of(held.drawn)),
            figure("  95 % within", "ms", lambda held: Summary.of(held.drawn).p95),
        ]
    return figures


def _cores_of(part: str, held: Held) -> float:
    return held.cores[part]


def hold(setting: Setting, way: Way) -> Held:
    """Holds a call of two browsers, each with the talking face as its camera."""
    browsers = [browse(setting.playwright, setting.camera, *way.flags) for _ in range(2)]
    try:
        seconds = float(min(setting.seconds, LONGEST_S))
        if not way.page:
            return _hold_video(setting, browsers, seconds)
        return _hold_ours(setting, way, browsers, seconds)
    finally:
        for browser in browsers:
            browser.close()


def _hold_video(setting: Setting, browsers: Sequence[Browser], seconds: float) -> Held:
    first, second = (new_tab(browser).page for browser in browsers)
    for page in (first, second):
        # For a secure origin; nothing of that page runs.
        page.goto(f"{setting.url}config.json")
        page.set_content(video_call.PAGE)
    video_call.connect(first, second)
    first.wait_for_timeout(SETTLING_MS)

    def counts() -> list[dict[str, float]]:
        return [video_call.counts(page) for page in (first, second)]

    before, meter = counts(), ProcessCpu(*browsers)
    first.wait_for_timeout(seconds * 1000.0)
    cores, after = meter.cores(), counts()
    gained = {
        name: sum(now[name] - then[name] for now, then in zip(after, before, strict=True)) / 2.0
        for name in ("decoded", "sent")
    }
    return Held(cores, gained["decoded"] / seconds, gained["sent"] * 8e-3 / seconds)


def _hold_ours(setting: Setting, way: Way, browsers: Sequence[Browser], seconds: float) -> Held:
    invitation = rooms.new_invitation()
    tabs = [new_tab(browser) for browser in browsers]
    for tab in tabs:
        tab.page.add_init_script(rooms.KEEP_CONNECTIONS)
        if way.portrait:
            tab.page.add_init_script(WEAR.format("own" if way.pictured else way.portrait))
        if way.pictured:
            _load_set(tab, setting.url, way.portrait)
        tab.page.goto(invitation.link(f"{setting.url}{way.page}"))
        wait_started(tab.page)
        rooms.join(tab)
        rooms.unmute(tab)
    rooms.wait_connected(*tabs)
    for tab in tabs:
        watching.wait_tracking(tab)
    if way.portrait:
        _wait_seen(tabs)
    tabs[0].page.wait_for_timeout(SETTLING_MS)

    sent, meter = [_sent(tab.page) for tab in tabs], ProcessCpu(*browsers)
    tabs[0].page.wait_for_timeout(seconds * 1000.0)
    cores = meter.cores()
    sent = [_sent(tab.page) - before for tab, before in zip(tabs, sent, strict=True)]
    samples = watching.watch(tabs, 3.0, setting.step.note)
    arrived = sum(watching.arrived_fps(kept) for kept in samples) / len(tabs)
    ahead_ms = samples[1][0].origin_ms - samples[0][0].origin_ms
    drawn = latency.to_drawn(latency.record_drawn(tabs[1], seconds / 4.0), ahead_ms)
    return Held(cores, arrived, sum(sent) / 2.0 * 8e-3 / seconds, samples, drawn)


def _sent(page: Page) -> float:
    return float(page.evaluate(SENT))


def _load_set(tab: Tab, url: str, name: str) -> None:
    """Opens a set of pictures as its owner would, from a file."""
    tab.page.goto(f"{url}home-v3/")
    wait_started(tab.page)
    base = Portrait.from_bytes(portrait_set.file_of(name).read_bytes())
    # A page takes no file in which another person seems to be, and bent faces may.
    pictures = PortraitSet(
        base,
        tuple(
            each
            for each in portrait_set.expressions(base, plain(SKIN))
            if same_person(base.landmarks, each.landmarks)
        ),
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "set.portrait"
        path.write_bytes(pictures.to_file())
        tab.page.wait_for_selector("#portrait-open[aria-disabled=false]")
        tab.page.set_input_files("#portrait-saved-file", path)
        tab.page.wait_for_function("JSON.parse(virtualpersona.report()).portrait === 'own'")


def _wait_seen(tabs: Sequence[Tab]) -> None:
    """Waits until everybody is seen as a portrait."""
    for tab in tabs:
        tab.page.wait_for_function(
            """(() => {
              const { seen, call } = JSON.parse(virtualpersona.report());
              const all = [seen].flat();
              return all.length > 1 && all.every((one) => one === "portrait");
            })()""",
            timeout=rooms.WAIT_MS,
        )
