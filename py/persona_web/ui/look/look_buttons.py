"""What is done with a whole look: chance, undo, redo, reset, and files; and the panel in a room
that holds the customizer, opened and closed by a button."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from persona_core.drawn.style_file import (
    FILE_NAME,
    MAX_BYTES,
    MEDIA_TYPE,
    read_style_file,
    write_style_file,
)
from persona_core.errors import StyleError
from persona_web.base.background import Background
from persona_web.look.look_editor import LookEditor

if TYPE_CHECKING:
    from persona_web.bridge.page import Element, Page, Strings
if TYPE_CHECKING:
    from persona_web.bridge.keys import Keys
    from persona_web.bridge.page import Page


LOGGER = logging.getLogger(__name__)


class LookButtons:
    """``#look-random``, ``#look-undo``, ``#look-redo``, ``#look-reset``, ``#look-export``,
    ``#look-import`` with ``#look-file``, and ``#look-status``, which says how it went.

    Args:
        save_file: offers a download, of a name, a text and a media type.
        open_file: gives what a file input was given, at most so many bytes and one more; raises
            OSError.
    """

    def __init__(
        self,
        page: Page,
        strings: Strings,
        look_editor: LookEditor,
        save_file: Callable[[str, str, str], None],
        open_file: Callable[[Element, int], Awaitable[bytes | None]],
    ) -> None:
        self._save_file = save_file
        self._open_file = open_file
        self._strings = strings
        self._look_editor = look_editor
        self._status = page.element("look-status")
        self._file = page.element("look-file")
        self._undo = page.element("look-undo")
        self._redo = page.element("look-redo")
        self._reset = page.element("look-reset")
        self._background = Background()
        page.element("look-random").on("click", look_editor.shuffle)
        self._undo.on("click", look_editor.undo)
        self._redo.on("click", look_editor.redo)
        self._reset.on("click", look_editor.reset)
        page.element("look-export").on("click", self._export)
        page.element("look-import").on("click", lambda: self._file.node.click())
        self._file.on_change(self._import)
        look_editor.on_edit(self._edited)
        self._show()

    def _edited(self) -> None:
        self._tell(None)
        self._show()

    def _show(self) -> None:
        # A button that can do nothing keeps the focus: it is dimmed, not taken away.
        for button, possible in (
            (self._undo, self._look_editor.can_undo),
            (self._redo, self._look_editor.can_redo),
            (self._reset, not self._look_editor.is_original),
        ):
            button.set("aria-disabled", "false" if possible else "true")

    def _export(self) -> None:
        self._save_file(FILE_NAME, write_style_file(self._look_editor.style), MEDIA_TYPE)
        self._tell("look.exported")

    def _import(self) -> None:
        self._background.run(self._read())

    async def _read(self) -> None:
        try:
            data = await self._open_file(self._file, MAX_BYTES)
            if data is None:
                return
            style = read_style_file(data)
        except StyleError as error:
            LOGGER.warning("look not imported: %s", error)
            self._tell(f"error.{error.code}", problem=True)
        except OSError as error:
            LOGGER.warning("look not imported: %s", error)
            self._tell("error.style-file-unreadable", problem=True)
        else:
            self._look_editor.wear(style)
            self._tell("look.imported")

    def _tell(self, key: str | None, *, problem: bool = False) -> None:
        self._status.set("data-problem", "true" if problem else "false")
        self._status.text = "" if key is None else self._strings.text(key)


class LookPanel:
    """``#look``, ``#look-toggle`` and ``#look-close``; Esc in the panel closes it. The keyboard's
    focus goes back to where it was: to the toggle, or to the menu that the toggle is in.

    Args:
        keys: of the panel.
    """

    def __init__(self, page: Page, keys: Keys) -> None:
        self._page = page
        self._before: Element | None = None
        self._panel = page.element("look")
        self._toggle = page.element("look-toggle")
        self._toggle.on("click", self.press)
        page.element("look-close").on("click", self._close)
        keys.on("Escape", self._close)

    def press(self) -> None:
        """Opens the panel, or closes it."""
        if self._panel.hidden:
            self._before = self._page.focused
            self._panel.hidden = False
            self._toggle.set("aria-expanded", "true")
            self._panel.focus()
        else:
            self._close()

    def _close(self) -> None:
        self._panel.hidden = True
        self._toggle.set("aria-expanded", "false")
        (self._before or self._toggle).focus()
