"""A page of the tests: the demo motion on two stages of one Graphics, steered from outside."""

# ruff: noqa: F704 - PyScript runs a page's script as a coroutine

import json

from persona_core.drawn.characters import CHARACTERS
from persona_core.graphics.effects import EffectSettings
from persona_core.graphics.modes import GPUMode, RenderQuality
from persona_core.portrait.expressions.portrait_set import PortraitSet
from persona_core.wire.motion_track import load_demo
from persona_web.bridge.clock import BrowserClock
from persona_web.bridge.log import log_to_console
from persona_web.bridge.page import Page
from persona_web.bridge.site import Site
from persona_web.bridge.storage import BrowserStorage
from persona_web.parts.view_opening import open_graphics, open_stage
from persona_web.report.heartbeat import start_page
from persona_web.report.page_report import PageReport

log_to_console()
site, page = Site(), Page()
graphics = await open_graphics(site, page, BrowserStorage())
# Without effects a software GPU is not used for drawn characters.
graphics.set_effects(EffectSettings(sharpen=0.2))
stages = [
    await open_stage(site, graphics, page.element(name), character.style)
    for name, character in zip(("preview", "peer"), CHARACTERS, strict=False)
]
demo = load_demo()
portrait = PortraitSet.from_file(await site.fetch_bytes("stage-page/plain.portrait"))


def step(now_ms, visible):
    if visible:
        for stage in stages:
            stage.draw(demo.sample(now_ms), now_ms)


report = PageReport(BrowserClock(), lambda: site.timings)
report.add("gpu", lambda _now_ms: graphics.report())
report.add("portraits", lambda _now_ms: [stage.shows_portrait for stage in stages])
page.publish("choose", lambda mode: graphics.choose_mode(GPUMode(mode)))
page.publish("pin", lambda quality: graphics.pin_quality(RenderQuality(quality)))
page.publish(
    "effects", lambda text: graphics.set_effects(EffectSettings.from_dict(json.loads(text)))
)
page.publish("lose", graphics.lose)
page.publish("wear", lambda wanted: stages[0].set_portrait(portrait if wanted else None))
page.publish("closeStage", lambda index: stages[index].close())
ticker = await start_page(site, page, report, step)
