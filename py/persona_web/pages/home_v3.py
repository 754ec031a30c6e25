"""The page ``home-v3``: pick a character, see it live, open a room or join one."""

from __future__ import annotations

import secrets
from typing import Any

from persona_core.call.invitation import Invitation, parse_invitation
from persona_core.errors import PersonaError
from persona_web.bridge.canvas import DrawingCanvas
from persona_web.bridge.clock import BrowserClock
from persona_web.bridge.page import Page, Strings
from persona_web.bridge.site import Site
from persona_web.bridge.storage import BrowserStorage
from persona_web.bridge.ticker import Ticker
from persona_web.report import PageMeters, base_report, to_json
from persona_web.studio import Studio
from persona_web.ui.character_picker import CharacterPicker

ROOM_PAGE = "room-v3/"


class HomePage:
    """Everything of ``home-v3`` that moves."""

    def __init__(self, site: Site, page: Page, studio: Studio, drawing_module: Any) -> None:
        self._site = site
        self._page = page
        self._studio = studio
        self._strings = Strings()
        self._clock = BrowserClock()
        self._meters = PageMeters(self._clock)
        self._ticker: Ticker | None = None
        self._picker = CharacterPicker(
            page,
            self._strings,
            lambda element: DrawingCanvas(drawing_module, element),
            studio.character.key,
            studio.choose,
        )
        self._link = page.element("join-link")
        self._link_error = page.element("join-error")
        page.element("create-room").on("click", self._create_room)
        page.element("join-form").on("submit", self._join)
        page.on_language(self._picker.translate)
        page.publish("report", self._report)

    @classmethod
    async def open(cls, site: Site) -> HomePage:
        """Makes the page usable and starts its heartbeat."""
        page = Page()
        drawing = await site.load("render/canvas2d.js")
        preview = DrawingCanvas(drawing, page.element("preview"))
        studio = await Studio.open(site, page, BrowserStorage(), preview)
        home = cls(site, page, studio, drawing)
        await home._start()
        return home

    async def _start(self) -> None:
        self._picker.draw(self._clock.now_ms())
        self._ticker = await Ticker.load(self._site, self._tick)
        self._site.ready()

    def _report(self) -> str:
        now_ms = self._clock.now_ms()
        return to_json(base_report(self._site.timings, self._meters, self._studio, now_ms))

    def _tick(self, now_ms: float, visible: bool) -> None:
        with self._meters.frame(now_ms):
            self._studio.tick(now_ms, visible=visible)

    def _create_room(self) -> None:
        self._go(Invitation.create(secrets.token_bytes))

    def _join(self) -> None:
        try:
            invitation = parse_invitation(self._link.value)
        except PersonaError as error:
            self._link_error.text = self._strings.text(f"error.{error.code}")
            self._link.set("aria-invalid", "true")
            self._link.focus()
            return
        self._go(invitation)

    def _go(self, invitation: Invitation) -> None:
        self._page.go(self._site.address(ROOM_PAGE) + invitation.fragment)
