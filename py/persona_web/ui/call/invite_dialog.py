"""The dialog by which somebody is invited into the running call."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from persona_core.wire.qr_code import Modules, qr_code

if TYPE_CHECKING:
    from persona_web.bridge.page import Page, Strings

QUIET = 4
"""Light modules around a code, so that readers find it."""


def outline(modules: Modules) -> str:
    """The dark modules as the ``d`` of an SVG path: one unit a module, runs as bars."""
    bars: list[str] = []
    for y, row in enumerate(modules):
        start: int | None = None
        for x, dark in enumerate([*row, False]):
            if dark and start is None:
                start = x
            elif not dark and start is not None:
                bars.append(f"M{start} {y}h{x - start}v1h-{x - start}z")
                start = None
    return "".join(bars)


class InviteDialog:
    """``#invite-dialog``, but for its opening and closing.

    Args:
        copy: puts a text on the clipboard; whether it worked is for :meth:`told`.
        share: hands a link to the system's sheet; None where there is none.
    """

    def __init__(
        self,
        page: Page,
        strings: Strings,
        copy: Callable[[str], None],
        share: Callable[[str], None] | None,
    ) -> None:
        self._strings = strings
        self._count = page.element("invite-count")
        self._link = page.element("invite-dialog-link")
        self._picture = page.element("invite-picture")
        self._code = page.element("invite-code")
        self._said = page.element("invite-said")
        self._shown: tuple[int, int] | None = None
        page.element("invite-copy").on("click", lambda: copy(self._link.value))
        button = page.element("invite-share")
        button.hidden = share is None
        if share is not None:
            button.on("click", lambda: share(self._link.value))
        page.on_language(self._say)

    def show_link(self, link: str) -> None:
        """The link that invites, in letters and as a code; one too long has no code."""
        self._said.text = ""
        if self._link.value == link:
            return
        self._link.value = link
        modules = qr_code(link)
        self._picture.hidden = modules is None
        if modules is not None:
            size = len(modules) + 2 * QUIET
            self._code.set("viewBox", f"{-QUIET} {-QUIET} {size} {size}")
            self._code.find("path").set("d", outline(modules))

    def show_people(self, people: int, size: int) -> None:
        """How many are in the room, of how many that it holds."""
        if (people, size) != self._shown:
            self._shown = people, size
            self._say()

    def told(self, copied: bool) -> None:
        """What came of copying; where it failed the link is selected, to be copied by hand."""
        if not copied:
            self._link.focus()
            self._link.select()
        key = "invite.copied" if copied else "error.clipboard-failed"
        self._said.text = self._strings.text(key)

    def _say(self) -> None:
        if self._shown is not None:
            people, size = self._shown
            key = "invite.full" if people >= size else "invite.count"
            self._count.text = self._strings.text(key, count=people, size=size)
