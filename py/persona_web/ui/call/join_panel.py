"""The step before a room: what is shared once the person joins, and the ways in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from persona_web.bridge.page import Page, Strings


@dataclass(frozen=True, slots=True)
class JoinActions:
    """What the buttons do."""

    join: Callable[[], None]
    join_without: Callable[[], None]


_SHARED = {
    (True, True): "face-and-voice",
    (True, False): "face",
    (False, True): "voice",
    (False, False): "character",
}
"""By whether the camera starts and whether the microphone does: the word of ``invited.<word>``."""


class JoinPanel:
    """``#invited-detail``, ``#join`` and ``#join-without``; the call's view shows and hides it."""

    def __init__(self, page: Page, strings: Strings, actions: JoinActions) -> None:
        self._strings = strings
        self._detail = page.element("invited-detail")
        self._join = page.element("join")
        self._word = _SHARED[True, False]
        self._join.on("click", actions.join)
        page.element("join-without").on("click", actions.join_without)
        page.on_language(self._render)

    def ask(self, *, camera: bool, microphone: bool) -> None:
        """Says what joining shares, and leads the keyboard there.

        Args:
            camera: whether joining starts the camera.
            microphone: whether joining opens the microphone.
        """
        self._word = _SHARED[camera, microphone]
        self._render()
        self._join.focus()

    def _render(self) -> None:
        self._detail.text = self._strings.text(f"invited.{self._word}")
