"""What a person has in hand during a call: the bar, its menu, panels and dialogs, the shortcuts."""

from __future__ import annotations

from persona_core.base.ports import Storage
from persona_core.call.status import Phase
from persona_web.bridge.keys import Shortcuts
from persona_web.bridge.page import Page, Strings
from persona_web.bridge.popup import Popup
from persona_web.bridge.site import Site
from persona_web.bridge.size_watch import SizeWatch
from persona_web.parts.guide import Guide
from persona_web.room.call_dialogs import CallDialogs
from persona_web.room.call_room import CallRoom
from persona_web.room.people.palm_raising import PalmRaising
from persona_web.room.room_devices import RoomDevices
from persona_web.ui.call.call_bar import CallBar, Sheets
from persona_web.ui.call.call_time import CallTime


class CallControls:
    """Wires them to the page and to its call.

    Args:
        keys: the page's shortcuts, which the room has as well.
        devices: what the settings choose among.
        palm: the wish to raise a hand by showing it, which the settings switch.
        guide: what newcomers are told, in a panel of its own.
    """

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
        guide: Guide,
    ) -> None:
        self._room = room
        self._bar = CallBar(page)
        self._sheets = sheets = Sheets(page)
        self._menu = menu = Popup(page.element("more"), page.element("more-menu"), self._clear)
        self._sizes = SizeWatch(self._bar.watched, self._bar.arrange)
        for word, panel in (
            ("figures", "details-panel"), ("options", "call-options"), ("picture", "picture"),
            ("guide", "guide-panel"),
        ):  # fmt: skip
            sheets.offer(f"open-{word}", panel)
        place = page.element("guide-sheet")
        page.element("open-guide").on("click", lambda: guide.show_in(place))
        keys.is_live = lambda: room.is_running
        keys.hold(" ", room.talk)
        keys.on("Escape", lambda: menu.close() or sheets.close())
        self._dialogs = CallDialogs(*(site, page, strings, storage, keys, room, devices), palm)
        self._time = CallTime(page, strings)

    def step(self, now_ms: float) -> None:
        """Once a frame."""
        self._dialogs.step()
        self._time.step(now_ms, in_call=self._room.engine.status.phase is Phase.INSIDE)
        if not self._room.is_running:
            self._menu.dismiss()

    def _clear(self) -> None:
        """The menu is about to open, where a panel may lie."""
        self._sheets.close()
        self._bar.arrange()
