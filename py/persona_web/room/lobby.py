"""The ways into a call: a room of one's own, or somebody's link."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable

from persona_core.call.invitation import Invitation, parse_invitation
from persona_core.errors import InvitationError
from persona_web.base.background import Background
from persona_web.bridge.page import Page, Strings
from persona_web.bridge.site import Site
from persona_web.bridge.storage import TabStorage
from persona_web.room.entrance import remember_created


class Lobby:
    """``#create-room`` and ``#join-form``, which lead to one phase's room page.

    Args:
        room_page: its folder, relative to the site's root, with a slash at its end.
        make_room: makes a room, or None where none can be made; by default one without a host.
    """

    def __init__(
        self,
        site: Site,
        page: Page,
        room_page: str,
        make_room: Callable[[], Awaitable[Invitation | None]] | None = None,
    ) -> None:
        self._page = page
        self._make_room = make_room
        self._background = Background()
        self._room = site.address(room_page)
        self._strings = Strings()
        self._link = page.element("join-link")
        self._error = page.element("join-error")
        self._fault: str | None = None
        self._is_making = False
        page.element("create-room").on("click", self._create)
        page.element("join-form").on("submit", self._join)
        page.on_language(self._show_fault)

    def _create(self) -> None:
        if self._make_room is None:
            self._enter(Invitation.create(secrets.token_bytes))
        elif not self._is_making:
            self._is_making = True
            self._background.run(self._make(self._make_room))

    async def _make(self, make_room: Callable[[], Awaitable[Invitation | None]]) -> None:
        try:
            invitation = await make_room()
            if invitation is not None:
                self._enter(invitation)
        finally:
            self._is_making = False

    def _enter(self, invitation: Invitation) -> None:
        remember_created(TabStorage(), invitation)
        self._go(invitation)

    def _join(self) -> None:
        try:
            invitation = parse_invitation(self._link.value)
        except InvitationError as error:
            self._fault = error.code
            self._show_fault()
            self._link.set("aria-invalid", "true")
            self._link.focus()
            return
        self._go(invitation)

    def _show_fault(self) -> None:
        if self._fault is not None:
            self._error.text = self._strings.text(f"error.{self._fault}")

    def _go(self, invitation: Invitation) -> None:
        self._page.go(self._room + invitation.fragment)
