"""A word on a picture that has become simpler, because the machine was too slow for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from persona_web.bridge.page import Page, Strings

SHOWN_MS: Final = 12_000.0
"""How long it is to be read."""
CALM_MS: Final = 30_000.0
"""How long all has to be well again before another fall is told."""


class DetailLine:
    """``#detail-status``, on the stage: one word for a fall, however many steps it has. It goes by
    itself, and so does what it tells of."""

    def __init__(self, page: Page, strings: Strings) -> None:
        self._strings = strings
        self._line = page.element("detail-status")
        self._is_told = False
        self._shown_until_ms: float | None = None
        self._well_since_ms: float | None = None
        page.on_language(self._render)

    def step(self, now_ms: float, *, has_fallen: bool) -> None:
        """Once a displayed frame; ``has_fallen``: whether less is drawn now than at the start."""
        if has_fallen:
            self._well_since_ms = None
            if not self._is_told:
                self._is_told = True
                self._shown_until_ms = now_ms + SHOWN_MS
                self._render()
        elif self._is_told:
            if self._well_since_ms is None:
                self._well_since_ms = now_ms
            self._is_told = now_ms - self._well_since_ms < CALM_MS
        if self._shown_until_ms is not None and now_ms >= self._shown_until_ms:
            self._shown_until_ms = None
            self._render()

    def _render(self) -> None:
        is_shown = self._shown_until_ms is not None
        self._line.text = self._strings.text("quality.fallen") if is_shown else ""
