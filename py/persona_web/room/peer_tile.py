"""One peer's place on the stage, and the places together."""

from __future__ import annotations

from typing import Protocol

from persona_core.call.peer.peer_machine import Quality
from persona_web.bridge.page import Element, Page, Strings

PLACES = 7
"""Peers on the stage at most: a room of eight."""


class Closable(Protocol):
    """Something that holds on to the page until it is closed."""

    def close(self) -> None: ...


class PeerTile:
    """A box with a peer's canvases and what there is to say of the connection.

    Attributes:
        number: from 1; of the lowest free place when it was made.
        place: the element that holds the canvases.
    """

    def __init__(self, number: int, place: Element, strings: Strings) -> None:
        self.number = number
        self.place = place
        self._strings = strings
        self._label = place.find(".peer-label")
        self._words = place.find(".peer-quality")
        self._mute = place.find(".peer-muted")
        self._owned: list[Closable] = []
        self._shown: tuple[str, bool, bool, int | None] | None = None
        self._marked: dict[str, bool] = {}
        self._name = "peer" if number == 1 else f"peer-{number}"
        # What is cloned from a template speaks English until the language changes.
        self.canvas().set("aria-label", strings.text("room.peer"))
        self._mute.set("aria-label", strings.text("voice.peer-muted"))

    def canvas(self, name: str = "peer") -> Element:
        """The canvas of a kind, as the page's template has them: ``peer``, ``marks``; or, where
        avatars have stages, the place for it."""
        canvas = self.place.find(f'[data-canvas="{name}"]')
        canvas.set("id", self._name if name == "peer" else f"{self._name}-{name}")
        return canvas

    def own(self, thing: Closable) -> None:
        """Closes ``thing`` when the peer has gone."""
        self._owned.append(thing)

    def show(
        self,
        quality: Quality,
        *,
        through_server: bool,
        muted: bool,
        portrait_progress: float | None = None,
    ) -> None:
        """Says how the connection is; nothing needs to be said of a good one that is heard.

        Args:
            portrait_progress: how much is here of a portrait that cannot be seen yet, in [0, 1).
        """
        awaited = through_server and portrait_progress is not None
        percent = int(10 * (portrait_progress or 0.0)) * 10 if awaited else None
        if (quality, through_server, muted, percent) == self._shown:
            return
        self._shown = (quality, through_server, muted, percent)
        self.place.set("data-quality", quality)
        self._mute.hidden = not muted
        silent = quality in ("good", "connecting")
        self._words.hidden = silent
        if not silent:
            key = "link.server" if through_server else f"link.{quality}"
            if awaited:
                key = "link.portrait"
            self._words.text = self._strings.text(key, percent=str(percent))
        self._label.hidden = silent and not muted

    def know(self, *, known: bool) -> None:
        """Whether the peer has said what it looks like; a silhouette is shown until then."""
        self._mark("data-known", known)

    def speak(self, speaking: bool) -> None:
        """Whether it is this one who speaks."""
        self._mark("data-speaking", speaking)

    def show_recording(self, *, recording: bool) -> None:
        """Whether this one records the call."""
        self._mark("data-recording", recording)

    def _mark(self, attribute: str, marked: bool) -> None:
        if self._marked.get(attribute) is not marked:
            self._marked[attribute] = marked
            self.place.set(attribute, "true" if marked else "false")

    def renew(self) -> None:
        """Says everything again, in the language of now."""
        self._shown = None

    def close(self) -> None:
        """Takes the tile off the stage, and closes what it owns."""
        while self._owned:
            self._owned.pop().close()
        self.place.node.remove()


class PeerGrid:
    """``#peers``: the tiles, laid out by their number."""

    def __init__(self, page: Page, strings: Strings) -> None:
        self._page = page
        self._strings = strings
        self._grid = page.element("peers")
        self._tiles: dict[int, PeerTile] = {}
        page.on_language(self._renew)

    def add(self) -> PeerTile | None:
        """A tile on the lowest free place; None when there is none left."""
        number = next((n for n in range(1, PLACES + 1) if n not in self._tiles), None)
        if number is None:
            return None
        tile = PeerTile(number, self._page.clone("peer-tile"), self._strings)
        self._tiles[number] = tile
        self._grid.append(tile.place)
        self._count()
        return tile

    def remove(self, tile: PeerTile) -> None:
        del self._tiles[tile.number]
        tile.close()
        self._count()

    def _count(self) -> None:
        self._grid.set("data-count", str(len(self._tiles)))

    def _renew(self) -> None:
        for tile in self._tiles.values():
            tile.renew()
