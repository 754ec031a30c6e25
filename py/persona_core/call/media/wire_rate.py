"""How often one peer is sent a frame: 30, 15 or 8 times a second.

A frame is 62 bytes, but some 180 on the wire with its headers (IP, UDP, DTLS, SCTP), and in a
room of eight each page sends seven times. So the rate is the lowest of what these allow:

* loss, as the peer tells it: a step down when two reports in a row show 10 % or more, a step up
  when five show 3 % or less;
* the peer's page is hidden: nobody looks, 8 are enough to know the face when it is shown again;
* the number of peers: 30 up to three, 15 beyond;
* the path through the server: 12, because others share it.
"""

from __future__ import annotations

from typing import Final

from persona_core.call.media.loss import LossMeter
from persona_core.wire.control import Reception

RATES_HZ: Final = (30.0, 15.0, 8.0)
RELAYED_HZ: Final = 12.0
FULL_RATE_PEERS: Final = 3
HIGH_LOSS: Final = 0.10
LOW_LOSS: Final = 0.03
BAD_REPORTS: Final = 2
GOOD_REPORTS: Final = 5
EARLY: Final = 0.85
"""A frame may go out after this share of the interval: faces come in steps of their own."""


class WireRate:
    """The rate towards one peer.

    Attributes:
        peers: how many peers there are in all.
        watched: whether the peer's page can be seen.
        relayed: whether frames go through the server.
    """

    def __init__(self) -> None:
        self.peers = 1
        self.watched = True
        self.relayed = False
        self._step = 0
        self._bad = self._good = 0
        self._meter = LossMeter()
        self._sent_ms = float("-inf")

    @property
    def hz(self) -> float:
        """Frames a second."""
        rate = RATES_HZ[self._step]
        if self.peers > FULL_RATE_PEERS:
            rate = min(rate, RATES_HZ[1])
        if self.relayed:
            rate = min(rate, RELAYED_HZ)
        return rate if self.watched else RATES_HZ[-1]

    def hear(self, reception: Reception) -> float | None:
        """Takes the peer's report. Returns the share of our frames it lost, if that is known."""
        self.watched = reception.watched
        loss = self._meter.share(reception.frames, reception.lost)
        if loss is None:
            return None
        self._bad = self._bad + 1 if loss >= HIGH_LOSS else 0
        self._good = self._good + 1 if loss <= LOW_LOSS else 0
        if self._bad >= BAD_REPORTS:
            self._step, self._bad = min(self._step + 1, len(RATES_HZ) - 1), 0
        elif self._good >= GOOD_REPORTS:
            self._step, self._good = max(self._step - 1, 0), 0
        return loss

    def due(self, now_ms: float) -> bool:
        """Whether a frame may go out now; the caller sends it then."""
        if now_ms - self._sent_ms < EARLY * 1000.0 / self.hz:
            return False
        self._sent_ms = now_ms
        return True
