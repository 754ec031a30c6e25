"""The name on a peer's tile with its marks, and what is shown over the avatar for a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from persona_core.wire.people_messages import ReactionKind

if TYPE_CHECKING:
    from persona_web.bridge.page import Element, Page, Strings

MARKS: Final = ("hand", "host", "off", "demo")


class NamePlate:
    """On one tile of the stage.

    Args:
        tile: the tile's element, with the partial ``name-plate`` in it.
        canvas: what is the avatar to a screen reader.
    """

    def __init__(self, strings: Strings, tile: Element, canvas: Element) -> None:
        self._strings = strings
        self._canvas = canvas
        self._plate = tile.find(".peer-plate")
        self._name = tile.find(".peer-name")
        self._marks = {mark: tile.find(f'[data-mark="{mark}"]') for mark in MARKS}
        self._shown: tuple[str, tuple[str, ...]] | None = None
        canvas.unset("data-i18n-aria-label")

    def show(self, label: str, marks: tuple[str, ...]) -> None:
        """Shows a name, and those of :data:`MARKS` that hold."""
        if (label, marks) == self._shown:
            return
        self._shown = (label, marks)
        self._plate.hidden = False
        self._name.text = label
        self._canvas.set("aria-label", self._strings.text("people.avatar", name=label))
        for mark, element in self._marks.items():
            element.hidden = mark not in marks
            element.set("aria-label", self._strings.text(f"people.mark.{mark}"))

    def renew(self) -> None:
        """Says everything again, in the language of now."""
        self._shown = None


class ReactionSpot:
    """Where one person's reactions are seen, each for some seconds.

    Args:
        place: the element over which they rise.
    """

    SHOWN_MS: Final = 4_000.0
    MOST: Final = 3
    """At once; an older one goes when there are more."""

    def __init__(self, page: Page, place: Element) -> None:
        self._page = page
        self._place = place
        self._shown: list[tuple[float, Element]] = []

    def show(self, kind: ReactionKind, now_ms: float) -> None:
        element = self._page.clone("reaction")
        element.find("use").set("href", f"../icons/reactions.svg#{kind.value}")
        self._place.append(element)
        self._shown.append((now_ms + self.SHOWN_MS, element))
        while len(self._shown) > self.MOST:
            self._drop()

    def step(self, now_ms: float) -> None:
        """Takes away what was seen for long enough."""
        while self._shown and self._shown[0][0] <= now_ms:
            self._drop()

    def _drop(self) -> None:
        _, element = self._shown.pop(0)
        element.remove()
