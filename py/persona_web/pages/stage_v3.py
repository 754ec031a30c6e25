"""The page ``stage-v3``: the own avatar of another page alone, for a programme that takes it up."""

from __future__ import annotations

from dataclasses import replace

from persona_core.call.stage_show import Look, StageFollower
from persona_core.drawn.characters import CHARACTERS
from persona_core.drawn.style import AvatarStyle
from persona_core.errors import PortraitError, StyleError
from persona_core.graphics.modes import Rung
from persona_web.bridge.clock import BrowserClock
from persona_web.bridge.page import Page
from persona_web.bridge.site import Site
from persona_web.bridge.stage_channel import StageChannel
from persona_web.bridge.storage import BrowserStorage
from persona_web.bridge.ticker import Ticker
from persona_web.parts.view_opening import open_graphics, open_stage
from persona_web.report.heartbeat import start_page
from persona_web.report.page_report import PageReport
from persona_web.ui.stage_address import StageAddress, read_stage_address
from persona_web.view.seen import Seen

HINT_MS = 4_000.0
"""So long nobody may be there before the page says what it waits for."""


class LastChoices:
    """The choices of the other pages, which this one leaves as they are."""

    def __init__(self, storage: BrowserStorage) -> None:
        self._storage = storage

    def get(self, key: str) -> str | None:
        return self._storage.get(key)

    def set(self, _key: str, _value: str) -> bool:
        return True

    def remove(self, _key: str) -> None:
        return


def lay_out(site: Site, page: Page, asked: StageAddress) -> None:
    """Background, size and crop, as the address asks for them."""
    main, place, stage = (page.element(name) for name in ("main", "place", "stage"))
    if asked.colour:
        main.style("background", asked.colour)
    elif asked.picture:
        main.style("background", f'center / cover url("{site.address(asked.picture)}")')
    if asked.size:
        place.style("--size", f"{asked.size}px")
    place.set("data-crop", asked.crop)
    if asked.mirrored:
        stage.set("data-mirrored", "")


async def open_page(site: Site) -> Ticker:
    """Wires the page; it shows whoever another page of this browser tells it of."""
    page, clock = Page(), BrowserClock()
    lay_out(site, page, read_stage_address(page.address))
    graphics = await open_graphics(site, page, LastChoices(BrowserStorage()))
    graphics.set_effects(replace(graphics.chosen_effects, cutout=True))
    place, hint = page.element("place"), page.element("hint")
    view = await open_stage(site, graphics, page.element("stage"), CHARACTERS[0].style)
    view.conceal()

    def dress(look: Look | None) -> None:
        if look is None or not look.style:
            view.conceal()
            return
        try:
            style = AvatarStyle.from_dict(look.style)
            if look.portrait:
                # Only now: a drawn character does without it.
                from persona_core.portrait.expressions.portrait_set import PortraitSet

                view.set_portrait(PortraitSet.from_file(look.portrait))
            else:
                view.set_portrait(None)
            view.style = style
        except (StyleError, PortraitError):
            view.conceal()

    channel = StageChannel(site, lambda data: follower.hear(data, clock.now_ms()))
    follower = StageFollower(channel.post, dress)
    report = PageReport(clock, lambda: site.timings)
    report.add("graphics", lambda _now_ms: graphics.report())
    report.add("seen", lambda _now_ms: view.seen)
    report.add("showing", lambda _now_ms: follower.is_showing)
    alone_ms = clock.now_ms()

    def step(now_ms: float, visible: bool) -> None:
        nonlocal alone_ms
        face = follower.step(now_ms)
        is_shown = False
        if face is not None and view.is_known:
            alone_ms = now_ms
            if visible:
                view.draw(face, now_ms)
            # Neither a silhouette nor a photo that only stands in for what is to come.
            is_stand_in = view.seen is Seen.STILL and view.rung is not Rung.STILL
            is_shown = view.seen not in (None, Seen.SILHOUETTE) and not is_stand_in
        if is_shown:
            place.unset("data-empty")
        else:
            place.set("data-empty", "")
        # Who streams wants no words in the picture: an empty page is empty there.
        hint.hidden = now_ms - alone_ms < HINT_MS or page.is_streamed

    return await start_page(site, page, report, step, graphics.most_hz)
