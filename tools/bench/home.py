"""The camera on the home page: one person, one avatar, no call."""

from __future__ import annotations

from tools.bench import watching
from tools.bench.figures import Figure, measured
from tools.bench.setting import Setting
from tools.bench.targets import AVATAR_FPS, CPU_PERCENT, PYTHON_MS, TRACKING_FPS
from tools.bench.windows import CpuMeter, browse, new_tab, wait_started

TITLE = "Home page, camera on, alone"
LONGEST_S = 20


def measure(setting: Setting) -> list[Figure]:
    """Frame rates, the time of a tick and the CPU share."""
    browser = browse(setting.playwright, setting.camera)
    try:
        tab = new_tab(browser)
        tab.page.goto(f"{setting.url}home-v3/")
        wait_started(tab.page)
        tab.page.click("#use-camera")
        setting.step.note("waiting for the face")
        watching.wait_tracking(tab)
        cpu = CpuMeter(browser)
        (samples,) = watching.watch([tab], min(setting.seconds, LONGEST_S), setting.step.note)
        percent = cpu.percent()
        return [
            measured(
                "tracking",
                "fps",
                lambda: watching.tracking(samples, "tracking_fps"),
                TRACKING_FPS,
            ),
            measured("tracking a frame", "ms", lambda: watching.tracking(samples, "tracking_ms")),
            measured("displayed", "fps", lambda: watching.displayed_fps(samples), AVATAR_FPS),
            measured(
                "tick (Python and its draw call)",
                "ms",
                lambda: watching.python_ms(samples),
                PYTHON_MS,
            ),
            Figure("CPU, of all cores", "%", percent, CPU_PERCENT),
        ]
    finally:
        browser.close()
