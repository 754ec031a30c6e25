"""Two offers that meet, on transports in memory."""

from __future__ import annotations

import pytest
from tests.support.memory_peers import MemoryPeers
from tests.support.world import ManualTime

from persona_core.call.peer.direct_path import UNANSWERED_MS, DirectPath
from persona_core.wire.signaling import RelayKind


class End:
    """One side; what it posts reaches the other, but for what gets lost."""

    def __init__(self, peers: MemoryPeers, time: ManualTime, *, polite: bool) -> None:
        self.path = DirectPath(peers, time, self)
        self.other: End = self
        self.loses = False
        self.is_up = False
        self._polite = polite
        self.path.build(None)

    def post(self, kind: RelayKind, body: str) -> None:
        if not self.loses:
            self.other.take(kind, body)

    def take(self, kind: RelayKind, body: str) -> None:
        if kind == "ice":
            self.path.take_candidate(body)
        else:
            assert kind != "control"
            self.path.take_description(kind, body, polite=self._polite)

    def on_path_progress(self, *, by_us: bool = False) -> None: ...

    def on_path_up(self) -> None:
        self.is_up = True

    def on_path_open(self) -> None: ...

    def on_path_down(self) -> None: ...

    def on_path_failed(self) -> None: ...

    def on_frame(self, data: bytes) -> None: ...

    def on_control(self, text: str) -> None: ...

    def on_control_drained(self) -> None: ...

    def on_audio(self, track: object) -> None: ...


def make_ends(time: ManualTime) -> tuple[End, End]:
    peers = MemoryPeers(time)
    impolite, polite = (End(peers, time, polite=polite) for polite in (False, True))
    impolite.other, polite.other = polite, impolite
    return impolite, polite


@pytest.mark.parametrize("loser", ["impolite", "polite"])
async def test_path_comes_up_by_the_second_offer_when_the_first_was_lost(loser: str) -> None:
    time = ManualTime()
    impolite, polite = make_ends(time)
    first, second = (impolite, polite) if loser == "impolite" else (polite, impolite)
    first.loses = True
    first.path.offer()
    await time.run(UNANSWERED_MS + 100.0)
    first.loses = False
    second.path.offer()
    await time.run(200.0)
    assert first.is_up
    assert second.is_up


async def test_path_comes_up_by_the_impolite_offer_when_two_meet_on_the_way() -> None:
    time = ManualTime()
    impolite, polite = make_ends(time)
    impolite.path.offer()
    polite.path.offer()
    await time.run(200.0)
    assert impolite.is_up
    assert polite.is_up
