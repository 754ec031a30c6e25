"""A button that puts a text on the clipboard, and says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from persona_web.base.background import Background

if TYPE_CHECKING:
    from persona_web.bridge.page import Page, Strings
    from persona_web.bridge.site import Site


class CopyButton:
    """Copies what stands in a field; where the platform forbids it, selects it to copy by hand.

    Args:
        button_id: what is pressed.
        field_id: the field.
        copied: key of the sentence for a copy that worked.
        failed: key of the sentence for one that did not.
        refresh: called before copying, to bring the field up to date.
    """

    def __init__(
        self,
        site: Site,
        page: Page,
        strings: Strings,
        button_id: str,
        field_id: str,
        *,
        copied: str,
        failed: str,
        refresh: Callable[[], None] = lambda: None,
    ) -> None:
        self._site = site
        self._page = page
        self._field = page.element(field_id)
        self._copied = copied
        self._failed = failed
        self._refresh = refresh
        self._background = Background()
        self._strings = strings
        page.element(button_id).on("click", self._pressed)

    def _pressed(self) -> None:
        self._refresh()
        self._background.run(self._copy())

    async def _copy(self) -> None:
        copied = await self._page.copy(self._field.value)
        if not copied:
            self._field.focus()
            self._field.select()
        self._site.notify(self._strings.text(self._copied if copied else self._failed))
