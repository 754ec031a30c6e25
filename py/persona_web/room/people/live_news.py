"""Who came, who went, who is host: said once, in a polite live region, and heard where wished."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from typing import TYPE_CHECKING, Final

from persona_web.ui.people.person_view import isolated

if TYPE_CHECKING:
    from persona_web.bridge.page import Strings

NAME_WAIT_MS: Final = 3_000.0
"""How long a newcomer's name is waited for."""
MEETING_MS: Final = 1_000.0
"""Who is seen within so long after we came in was there before us."""
GATHER_MS: Final = 400.0
"""News that come together are said together: a live region says the last words only."""


class LiveNews:
    """
    Args:
        tell: says a sentence to screen readers.
        chime: sounds, where the person wishes it.
    """

    def __init__(
        self, strings: Strings, tell: Callable[[str], None], chime: Callable[[], None]
    ) -> None:
        self._strings = strings
        self._tell = tell
        self._chime = chime
        self._waiting: list[str] = []
        self._due_ms: float | None = None
        self.begin()

    def begin(self) -> None:
        """Another call begins, or none."""
        self._here: dict[str, str] = {}
        self._named: Set[str] = frozenset()
        self._unnamed: dict[str, float] = {}
        self._met: set[str] = set()
        self._met_by_ms: float | None = None

    def say(self, key: str, **values: object) -> None:
        """Says the sentence of a key with the others of this moment."""
        self._waiting.append(self._strings.text(key, **values))

    def follow(self, labels: Mapping[str, str], named: Set[str], now_ms: float) -> None:
        """Who is there, while we are inside.

        Args:
            labels: by peer id.
            named: those whose name is known, be it none.
        """
        if self._met_by_ms is None:
            self._met_by_ms = now_ms + MEETING_MS
        self._named = named
        for peer in [peer for peer in self._here if peer not in labels]:
            label = self._here.pop(peer)
            if self._unnamed.pop(peer, None) is None:
                self.say("people.left", name=isolated(label))
                self._chime()
            self._met.discard(peer)
        for peer, label in labels.items():
            if peer not in self._here:
                self._unnamed[peer] = now_ms + NAME_WAIT_MS
                if now_ms <= self._met_by_ms:
                    self._met.add(peer)
            self._here[peer] = label

    def step(self, now_ms: float) -> None:
        """Says what is due."""
        ready = {
            peer
            for peer, due_ms in self._unnamed.items()
            if peer in self._named or now_ms >= due_ms
        }
        met = [peer for peer in self._unnamed if peer in self._met]
        if met and ready.issuperset(met) and now_ms >= (self._met_by_ms or 0.0):
            self.say("people.here", names=", ".join(isolated(self._here[peer]) for peer in met))
            self._settle(met)
            self._met.clear()
        came = [peer for peer in self._unnamed if peer in ready and peer not in self._met]
        for peer in came:
            self.say("people.joined", name=isolated(self._here[peer]))
            self._chime()
        self._settle(came)
        self._speak(now_ms)

    def _settle(self, peers: list[str]) -> None:
        for peer in peers:
            del self._unnamed[peer]

    def _speak(self, now_ms: float) -> None:
        if not self._waiting:
            return
        if self._due_ms is None:
            self._due_ms = now_ms + GATHER_MS
        elif now_ms >= self._due_ms:
            self._tell(" ".join(self._waiting))
            self._waiting, self._due_ms = [], None
