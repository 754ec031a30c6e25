"""Whether a room can be made here at all, known before anybody has tried."""

from __future__ import annotations

import asyncio
from typing import Final

from persona_core.call.ports import SocketFactory
from persona_core.call.signaling.room_question import ask_room
from persona_core.errors import SignalingError
from persona_web.bridge.page import Page, Strings
from persona_web.bridge.site import Site

NEARING: Final = ("pointerenter", "focus")
"""What tells that somebody is about to press a button."""
PATIENCE_S: Final = 2.0
"""How long who has pressed it waits for the answer."""


class CreationCheck:
    """``#create-room`` and ``#create-hint``: where rooms need the operator's token, which a room
    made here cannot have, the button is off and the sentence says what to do.

    The server is asked once somebody comes near the button, so that a visit without a call costs
    no connection. Where it does not answer, all stays as it is: joining says why.
    """

    def __init__(self, site: Site, page: Page, strings: Strings, sockets: SocketFactory) -> None:
        self._create = page.element("create-room")
        self._hint = page.element("create-hint")
        self._page = page
        self._strings = strings
        self._sockets = sockets
        self._url = site.signaling_url
        self._needs_token = False
        self._answer: asyncio.Task[None] | None = None
        page.on_language(self._say)
        for event in NEARING:
            self._create.on(event, self._ask_once)

    async def allows(self) -> bool:
        """Whether a room can be made, as far as the server tells in time."""
        self._ask_once()
        if self._answer is not None:
            await asyncio.wait({self._answer}, timeout=PATIENCE_S)
        return not self._needs_token

    def _ask_once(self) -> None:
        if self._answer is None and self._page.is_online:
            self._answer = asyncio.ensure_future(self._ask())

    async def _ask(self) -> None:
        try:
            answer = await ask_room(self._sockets, self._url, None)
        except SignalingError:
            return
        self._needs_token = answer.needs_token
        self._say()

    def _say(self) -> None:
        if self._needs_token:
            had_focus = self._create.focused
            self._create.enabled = False
            self._hint.text = self._strings.text("home.create-token")
            if had_focus:
                self._page.element("join-link").focus()
