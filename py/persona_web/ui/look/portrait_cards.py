"""The portraits that a person can go as: radio buttons with a picture each."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from persona_web.base.background import Background
from persona_web.look.portrait_choice import BUILT_IN, FORMER, OWN, PortraitChoice

if TYPE_CHECKING:
    from persona_web.bridge.files.local_files import PictureAddress
    from persona_web.bridge.page import Element, Page, Strings

THUMBNAILS = "../portraits/{}.thumbnail.webp"


class PortraitCards:
    """``#portraits``, filled from ``#portrait-card``: those built in, the person's own, and one
    that is no longer offered, from when it is worn.

    Args:
        thumbnail: shows the person's photo.
    """

    def __init__(
        self, page: Page, strings: Strings, own: PortraitChoice, thumbnail: PictureAddress
    ) -> None:
        self._strings = strings
        self._own = own
        self._thumbnail = thumbnail
        self._background = Background()
        self._cards: dict[str, Element] = {}
        self._page = page
        self._grid = page.element("portraits")
        self._grid.clear()
        for choice in (*BUILT_IN, OWN):
            self._add(choice)
        own.on_change(self._render)
        page.on_language(self._render)
        self._render()

    def _add(self, choice: str) -> None:
        card = self._page.clone("portrait-card")
        radio = card.find("input")
        radio.value = choice
        radio.on_change(functools.partial(self._pick, choice))
        if choice != OWN:
            card.find("img").set("src", THUMBNAILS.format(choice))
        self._cards[choice] = card
        self._grid.append(card)

    def _pick(self, choice: str) -> None:
        self._background.run(self._own.choose(choice))

    def _render(self) -> None:
        own, picked = self._own.own, self._own.status.picked
        if picked in FORMER and picked not in self._cards:
            self._add(picked)
        for choice, card in self._cards.items():
            has_several = choice == OWN and own is not None and own.expressions
            key = "who.own-set" if has_several else f"portrait.{choice}"
            card.find(".portrait-name").text = self._strings.text(key)
            card.find("input").checked = choice == picked
        self._cards[OWN].hidden = own is None
        if own is not None:
            self._cards[OWN].find("img").set("src", self._thumbnail.of(own.base.image))
