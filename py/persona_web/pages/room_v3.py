"""The page ``room-v3``: a call of characters and living portraits."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from typing import TYPE_CHECKING

from persona_core.call.remote import RemotePeer
from persona_core.errors import PersonaError
from persona_web.background import Background
from persona_web.bridge.page import Page, Strings
from persona_web.bridge.site import Site
from persona_web.bridge.storage import BrowserStorage
from persona_web.bridge.ticker import Ticker
from persona_web.call_room import CallRoom, browser_ports
from persona_web.character_choice import CharacterChoice
from persona_web.heartbeat import start_page
from persona_web.monitor_feed import MonitorFeed
from persona_web.peer_portrait import PortraitPeer
from persona_web.peer_tile import PeerTile
from persona_web.peer_view import UNKNOWN_STYLE
from persona_web.picture import Picture
from persona_web.portrait_opening import open_own_portrait
from persona_web.report import PageReport, source_report
from persona_web.stage import AvatarStage
from persona_web.stage_opening import open_graphics, open_stages
from persona_web.studio import Studio

if TYPE_CHECKING:
    from persona_core.avatar.portrait.portrait import Portrait


async def open_page(site: Site) -> Ticker:
    """Wires the page, gives it to the person and enters the room of its address."""
    page, storage, strings = Page(), BrowserStorage(), Strings()
    character = CharacterChoice(storage).character
    graphics, ports = await asyncio.gather(open_graphics(site, page, storage), browser_ports(site))
    make_stage = await open_stages(site, graphics)
    own = make_stage(page.element("self"), character.style)
    studio = await Studio.open(site, page, storage, own)
    graphics.on_change(lambda: studio.limit_tracking(graphics.quality_step.tracking_hz))
    stages: list[AvatarStage] = [own]

    report = PageReport(ports.clock, lambda: site.timings)
    report.add("source", functools.partial(source_report, studio.motion))
    report.add("character", lambda _now_ms: character.key)
    report.add("graphics", lambda _now_ms: graphics.report())

    def make_avatar(remote: RemotePeer, tile: PeerTile) -> PortraitPeer:
        stage = make_stage(tile.canvas(), UNKNOWN_STYLE)
        peer = PortraitPeer(
            stage, remote, lambda error: site.notify(strings.text(f"error.{error.code}"))
        )
        stages.append(stage)
        end = contextlib.ExitStack()
        end.callback(stages.remove, stage)
        end.callback(peer.close)
        tile.own(end)
        return peer

    room = CallRoom(site, page, ports, studio, report, make_avatar, wants_portraits=True)

    def wear(portrait: Portrait | None) -> None:
        own.set_portrait(portrait)
        try:
            room.engine.set_portrait(None if portrait is None else portrait.to_bytes())
        except PersonaError as error:  # others see the drawn character then
            site.notify(strings.text(f"error.{error.code}"))

    portrait = await open_own_portrait(site, storage, wear)
    report.add("portrait", lambda _now_ms: portrait.status.chosen)
    picture = Picture(
        site, page, strings, graphics, lambda: any(stage.shows_portrait for stage in stages)
    )
    feed = MonitorFeed(graphics.monitor, studio.motion)
    background = Background()

    def step(now_ms: float, visible: bool) -> None:
        room.step(now_ms, visible)
        peers = room.peers
        feed.step(now_ms, peers[0].remote if peers else None)
        if visible:
            picture.step(now_ms)

    ticker = await start_page(site, page, report, step)
    background.run(portrait.restore())
    room.enter()
    return ticker
