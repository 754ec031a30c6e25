"""What a call costs one of several people, by how many they are and what they go as."""

from __future__ import annotations

from functools import partial
from typing import Final

from tests.support import graphics, rooms
from tests.support.tab import Tab
from tools.bench import watching
from tools.bench.figures import Figure, attempt, known
from tools.bench.process_cpu import PARTS, ProcessCpu
from tools.bench.setting import Setting
from tools.bench.versus import PORTRAIT, SETTLING_MS, WEAR
from tools.bench.windows import browse, new_tab, wait_started

from persona_core.call.invitation import Invitation

TITLE = "One end of a call of several: a face as camera, the others move by the demo motion"
COUNTS: Final = (2, 4, 8)
SECONDS: Final = 10.0
# The others draw nothing, for the cores to be the measured one's: nobody sees their page.
UNSEEN: Final = """
localStorage.setItem("vp.source", "demo");
Object.defineProperty(document, "hidden", { get: () => true });
"""
ROWS: Final = (
    ("CPU", "cores"),
    *((f"  {part}", "cores") for part in PARTS),
    ("displayed", "1/s"),
    ("arrive of each", "1/s"),
    ("tick", "ms"),
)


def measure(setting: Setting) -> list[Figure]:
    """A grid: figures by how many people are in the call, and what they go as."""
    figures: list[Figure] = []
    for portrait in ("", PORTRAIT):
        for count in COUNTS:
            column = f"{count} {'portraits' if portrait else 'drawn'}"
            setting.step.note(column)
            used = attempt(partial(hold, setting, count, portrait))
            for name, unit in ROWS:
                value = attempt(lambda used=used, name=name: known(used)[name])
                figures.append(Figure(name, unit, value, column=column))
    return figures


def hold(setting: Setting, count: int, portrait: str) -> dict[str, float]:
    """Holds the call and gives the figures of :data:`ROWS`."""
    flags = graphics.WEBGL
    own, others = (browse(setting.playwright, setting.camera, *flags) for _ in range(2))
    try:
        invitation = rooms.new_invitation()
        for _ in range(count - 1):
            _join(new_tab(others), setting, invitation, portrait, UNSEEN)
        tab = _join(new_tab(own), setting, invitation, portrait)
        tab.page.wait_for_function(
            """count => {
              const { seen, call } = JSON.parse(virtualpersona.report());
              return seen.length === count && seen.every((one) => one && one !== "silhouette")
                && call.peers.every((peer) => peer.path === "direct");
            }""",
            arg=count,
            timeout=rooms.WAIT_MS,
        )
        watching.wait_tracking(tab)
        tab.page.wait_for_timeout(SETTLING_MS)
        meter = ProcessCpu(own)
        before = tab.report()
        tab.page.wait_for_timeout(SECONDS * 1000.0)
        cores, after = meter.cores(), tab.report()
    finally:
        own.close()
        others.close()
    came = [
        now["frames"] - then["frames"]
        for now, then in zip(after["call"]["peers"], before["call"]["peers"], strict=True)
    ]
    return {
        "CPU": sum(cores.values()),
        **{f"  {part}": cores[part] for part in PARTS},
        "displayed": (after["frames"] - before["frames"]) / SECONDS,
        "arrive of each": sum(came) / len(came) / SECONDS,
        "tick": after["python_ms"]["median"],
    }


def _join(
    tab: Tab, setting: Setting, invitation: Invitation, portrait: str, script: str = ""
) -> Tab:
    if portrait:
        script += WEAR.format(portrait)
    if script:
        tab.page.add_init_script(script)
    tab.page.goto(invitation.link(f"{setting.url}room-v3/"))
    wait_started(tab.page)
    rooms.join(tab)
    return tab
