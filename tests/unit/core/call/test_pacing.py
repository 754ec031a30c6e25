"""Pages keep to the server's rate."""

from __future__ import annotations

from tests.support.world import ManualTime

from persona_core.call.signaling.pacing import LONGEST, SHARE, Pacer


class Wire:
    def __init__(self) -> None:
        self.time = ManualTime()
        self.sent: list[tuple[float, str]] = []
        self.pacer = Pacer(
            self.time, self.time, lambda text: self.sent.append((self.time.now_ms(), text))
        )

    @property
    def texts(self) -> list[str]:
        return [text for _, text in self.sent]


async def test_messages_go_at_once_while_there_are_few() -> None:
    wire = Wire()
    wire.pacer.start(20.0, 80)
    assert all(wire.pacer.put("ann", str(number)) for number in range(64))
    assert len(wire.sent) == 64


async def test_messages_go_in_order_within_the_rate_when_there_are_many() -> None:
    wire = Wire()
    wire.pacer.start(20.0, 80)
    for number in range(200):
        wire.pacer.put("ann", str(number))
    await wire.time.run(20_000.0)
    assert wire.texts == [str(number) for number in range(200)]
    start = wire.sent[0][0]
    for count, (when, _) in enumerate(wire.sent, start=1):
        assert count <= SHARE * (80 + 20.0 * (when - start) / 1000.0) + 1


async def test_message_waits_for_nobody_else_when_one_peer_is_told_very_much() -> None:
    wire = Wire()
    wire.pacer.start(20.0, 80)
    for number in range(300):
        wire.pacer.put("ann", str(number))
    wire.pacer.put("ben", "offer")
    wire.pacer.put("cat", "offer")
    wire.pacer.put("", "ping")
    at = len(wire.sent)
    await wire.time.run(1_000.0)
    assert wire.texts[at : at + 5].count("offer") == 2
    assert "ping" in wire.texts[at : at + 5]


async def test_nothing_that_waited_goes_out_on_another_socket() -> None:
    wire = Wire()
    wire.pacer.start(1.0, 1)
    for number in range(5):
        wire.pacer.put("ann", str(number))
    wire.pacer.start(1.0, 1)
    await wire.time.run(10_000.0)
    assert wire.texts == ["0"]


async def test_messages_are_refused_when_far_too_many_wait() -> None:
    wire = Wire()
    wire.pacer.start(1.0, 1)
    taken = [wire.pacer.put("ann", "x") for _ in range(LONGEST + 10)]
    assert taken.count(False) == 9


async def test_clock_moves_before_the_next_message_when_rounding_leaves_hardly_a_wait() -> None:
    wire = Wire()
    await wire.time.run(124_000.0)
    wire.pacer.start(20.0, 80)
    wire.pacer._allowance = 1.0 - 2.0**-53
    wire.pacer.put("ann", "late")
    assert wire.sent == []
    assert [timer.due_ms > wire.time.now_ms() for timer in wire.time._timers] == [True]
    await wire.time.run(10.0)
    assert wire.texts == ["late"]
