"""How often a peer is sent a frame, and when a connection counts as poor."""

from __future__ import annotations

import pytest

from persona_core.call.media.loss import LinkHealth, LossMeter
from persona_core.call.media.wire_rate import WireRate
from persona_core.wire.control import Reception


class Receiver:
    """Reports what arrives of 60 frames every two seconds."""

    def __init__(self, rate: WireRate) -> None:
        self.rate = rate
        self.frames = self.lost = 0

    def report(self, loss: float, *, watched: bool = True) -> float | None:
        lost = round(60 * loss)
        self.frames += 60 - lost
        self.lost += lost
        return self.rate.hear(Reception(self.frames, self.lost, watched))


@pytest.mark.parametrize(("peers", "hz"), [(1, 30.0), (3, 30.0), (4, 15.0), (7, 15.0)])
def test_rate_is_lower_when_there_are_many_peers(peers: int, hz: float) -> None:
    rate = WireRate()
    rate.peers = peers
    assert rate.hz == hz


def test_rate_falls_step_by_step_when_loss_stays_and_rises_slowly_when_it_goes() -> None:
    rate = WireRate()
    receiver = Receiver(rate)
    rates = []
    for loss in (0.2, 0.2, 0.2, 0.2, 0.2, 0.2):
        receiver.report(loss)
        rates.append(rate.hz)
    assert rates == [30.0, 15.0, 15.0, 8.0, 8.0, 8.0]
    for _ in range(10):
        receiver.report(0.0)
        rates.append(rate.hz)
    assert rates[6:] == [8.0] * 4 + [15.0] * 5 + [30.0]


def test_rate_stays_when_loss_comes_and_goes() -> None:
    rate = WireRate()
    receiver = Receiver(rate)
    for loss in (0.2, 0.05, 0.2, 0.05, 0.2):
        receiver.report(loss)
    assert rate.hz == 30.0


def test_rate_is_lowest_while_nobody_looks_and_bounded_while_frames_go_through_the_server() -> None:
    rate = WireRate()
    receiver = Receiver(rate)
    receiver.report(0.0, watched=False)
    assert rate.hz == 8.0
    receiver.report(0.0)
    assert rate.hz == 30.0
    rate.relayed = True
    assert rate.hz == 12.0


@pytest.mark.parametrize(("peers", "low", "high"), [(1, 29, 31), (5, 14, 16)])
def test_frames_go_out_at_the_rate_when_faces_come_thirty_times_a_second(
    peers: int, low: int, high: int
) -> None:
    rate = WireRate()
    rate.peers = peers
    sent = sum(rate.due(step * 1000.0 / 30.0) for step in range(30 * 10))
    assert low * 10 <= sent <= high * 10


@pytest.mark.parametrize(
    ("counts", "share"),
    [([(100, 0)], 0.0), ([(50, 50)], 0.5), ([(4, 0)], None), ([(100, 0), (190, 10)], 0.1)],
)
def test_loss_is_the_share_since_the_last_count_when_there_are_enough(
    counts: list[tuple[int, int]], share: float | None
) -> None:
    meter = LossMeter()
    shares = [meter.share(*count) for count in counts]
    assert shares[-1] == share


def test_loss_starts_anew_when_the_peer_counts_from_the_beginning() -> None:
    meter = LossMeter()
    meter.share(1_000, 50)
    assert meter.share(20, 0) is None
    assert meter.share(120, 0) == 0.0


def test_loss_is_never_negative_when_late_frames_come_after_all() -> None:
    meter = LossMeter()
    meter.share(100, 20)
    assert meter.share(220, 5) == 0.0


def test_connection_is_poor_only_when_it_was_bad_for_a_while() -> None:
    health = LinkHealth()
    seen = []
    for loss, rtt in ((0.5, None), (0.0, None), (0.2, 50.0), (0.0, 900.0), (0.0, 50.0)):
        health.note(loss, rtt)
        seen.append(health.is_poor)
    for _ in range(3):
        health.note(None, None)
        seen.append(health.is_poor)
    assert seen == [False, False, False, True, True, True, False, False]
