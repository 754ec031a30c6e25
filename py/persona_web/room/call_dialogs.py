"""The dialogs of a call: invitation, devices, shortcuts. They are fetched when first wanted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from persona_core.base.ports import Storage
from persona_web.base.background import Background
from persona_web.bridge.dialog import Dialog
from persona_web.bridge.keys import Shortcuts
from persona_web.bridge.late_part import add_part
from persona_web.bridge.page import Page, Strings
from persona_web.bridge.share_sheet import has_share_sheet, share
from persona_web.bridge.site import Site
from persona_web.parts.own_expression import SHORTCUTS_KEY
from persona_web.room.call_room import CallRoom
from persona_web.room.people.palm_raising import PalmRaising
from persona_web.room.room_devices import RoomDevices
from persona_web.ui.call.invite_dialog import InviteDialog

NAMES: Final = ("invite", "settings", "shortcuts")


class CallDialogs:
    """One of them at a time. The platform leads the focus in and back."""

    def __init__(
        self,
        site: Site,
        page: Page,
        strings: Strings,
        storage: Storage,
        keys: Shortcuts,
        room: CallRoom,
        devices: RoomDevices,
        palm: PalmRaising,
    ) -> None:
        self._site = site
        self._page = page
        self._strings = strings
        self._storage = storage
        self._keys = keys
        self._room = room
        self._devices = devices
        self._palm = palm
        self._background = Background()
        self._dialogs: dict[str, Dialog] = {}
        self._invite: InviteDialog | None = None
        self._is_adding = False
        openers: dict[str, Callable[[], None]] = {
            "invite-open": lambda: self.open("invite"),
            "open-settings": lambda: self.open("settings"),
            "open-shortcuts": lambda: self.open("shortcuts"),
        }
        for button, opener in openers.items():
            page.element(button).on("click", opener)
        keys.on("?", openers["open-shortcuts"])

    def open(self, name: str) -> None:
        """Opens ``invite``, ``settings`` or ``shortcuts``."""
        if not self._is_adding and not any(one.is_open for one in self._dialogs.values()):
            self._background.run(self._open(name))

    def step(self) -> None:
        """Once a frame."""
        if self._invite is None:
            return
        if not self._room.is_running:
            self.close()
        elif self._dialogs["invite"].is_open:
            self._show_people(self._invite)

    def close(self) -> None:
        """Closes whichever is open."""
        for dialog in self._dialogs.values():
            dialog.close()

    async def _open(self, name: str) -> None:
        if not self._dialogs:
            self._is_adding = True
            try:
                await add_part(self._site, "dialogs")
            except OSError:
                what = self._strings.text(f"bar.{name}")
                self._site.notify(self._strings.text("late.not-loaded", what=what))
                return
            finally:
                self._is_adding = False
            self._wire()
        if not self._room.is_running:  # it ended meanwhile
            return
        if self._invite is not None and name == "invite":
            self._invite.show_link(self._page.element("invite-link").value)
            self._show_people(self._invite)
        elif name == "settings":
            self._devices.controls.move_to(self._page.element("settings-place"))
            self._devices.look()
        self._dialogs[name].open()
        if name == "invite":
            self._page.element("invite-copy").focus()

    def _show_people(self, invite: InviteDialog) -> None:
        engine = self._room.engine
        invite.show_people(1 + len(engine.remotes), engine.room_size)

    def _wire(self) -> None:
        page = self._page
        for name in NAMES:
            self._dialogs[name] = Dialog(page.element(f"{name}-dialog"), self.close)
            page.element(f"{name}-close").on("click", self.close)
        self._invite = InviteDialog(
            page,
            self._strings,
            lambda link: self._background.run(self._copy(link)),
            self._share if has_share_sheet() else None,
        )
        self._palm.offer(page.element("palm-raises"))
        switch = page.element("shortcuts-on")
        switch.checked = self._keys.is_on
        switch.on_change(lambda: self._switch(switch.checked))

    async def _copy(self, link: str) -> None:
        copied = await self._page.copy(link)
        if self._invite is not None:
            self._invite.told(copied)

    def _share(self, link: str) -> None:
        self._background.run(share(self._strings.text("invite.share-title"), link))

    def _switch(self, on: bool) -> None:
        self._keys.is_on = on
        self._storage.set(SHORTCUTS_KEY, "on" if on else "off")
