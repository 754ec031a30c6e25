"""A call between two windows: a face before one's camera, the demo motion on the other."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Browser
from tests.support import rooms
from tests.support.tab import Tab
from tools.bench import latency, memory, watching
from tools.bench.figures import Failure, attempt
from tools.bench.memory import Memory
from tools.bench.setting import Setting
from tools.bench.watching import Sample
from tools.bench.windows import CpuMeter, browse, new_tab, wait_started

FIRST_MEMORY_S = 15.0
RECORDED_S = 10.0
SETTLING_FRAMES = 60


@dataclass(frozen=True)
class Call:
    """What was seen of a call. The sender has the camera, the watcher sees that face.

    Attributes:
        first_s, last_s: seconds into the call of the two looks at the sender's memory.
        drawn: see :func:`latency.record_drawn`; of the watcher.
    """

    sender: list[Sample]
    watcher: list[Sample]
    first_s: float
    last_s: float
    first_memory: Memory | Failure
    last_memory: Memory | Failure
    sender_cpu: float
    watcher_cpu: float
    drawn: list[tuple[float, str]] | Failure

    @property
    def sender_origin_ms(self) -> float:
        return self.sender[0].origin_ms

    @property
    def ahead_ms(self) -> float:
        """The zero of the watcher's clock less that of the sender's, both in Unix time."""
        return self.watcher[0].origin_ms - self.sender_origin_ms


def hold(setting: Setting) -> Call:
    """Holds a call of ``setting.seconds`` and watches both windows."""
    camera_browser = browse(setting.playwright, setting.camera)
    demo_browser = browse(setting.playwright)
    try:
        sender, watcher = new_tab(camera_browser), new_tab(demo_browser)
        _connect(setting, sender, watcher)
        return _watch(setting, (sender, camera_browser), (watcher, demo_browser))
    finally:
        camera_browser.close()
        demo_browser.close()


def _connect(setting: Setting, sender: Tab, watcher: Tab) -> None:
    invitation = rooms.new_invitation()
    for name, tab in (("first", sender), ("second", watcher)):
        setting.step.note(f"opening the {name} window")
        memory.prepare(tab)
        tab.page.goto(invitation.link(f"{setting.url}room-v3/"))
        wait_started(tab.page)
        rooms.join(tab)
        rooms.unmute(tab)
    rooms.show_demo(watcher)
    setting.step.note("waiting for the connection and the face")
    rooms.wait_connected(sender, watcher)
    watching.wait_tracking(sender)
    rooms.wait_frames(watcher, SETTLING_FRAMES)


def _watch(
    setting: Setting, sending: tuple[Tab, Browser], watching_end: tuple[Tab, Browser]
) -> Call:
    (sender, camera_browser), (watcher, demo_browser) = sending, watching_end
    note = setting.step.note
    sender_cpu, watcher_cpu = CpuMeter(camera_browser), CpuMeter(demo_browser)
    first_s = min(FIRST_MEMORY_S, setting.seconds / 4)
    early = watching.watch([sender, watcher], first_s, note)
    first_memory = attempt(lambda: memory.read(sender))
    late = watching.watch([sender, watcher], setting.seconds - first_s, note)
    last_memory = attempt(lambda: memory.read(sender))
    shares = sender_cpu.percent(), watcher_cpu.percent()
    note("recording what is drawn")
    return Call(
        sender=early[0] + late[0],
        watcher=early[1] + late[1],
        first_s=first_s,
        last_s=setting.seconds,
        first_memory=first_memory,
        last_memory=last_memory,
        sender_cpu=shares[0],
        watcher_cpu=shares[1],
        drawn=attempt(lambda: latency.record_drawn(watcher, RECORDED_S)),
    )
