"""When a render server is offered, left and asked again."""

from __future__ import annotations

from itertools import product

import pytest

from persona_core.graphics.render_offer import (
    FINAL,
    FINE_MS,
    FIRST_WAIT_MS,
    MAX_WAIT_MS,
    OFFER_TABLE,
    OfferCommand,
    OfferEvent,
    OfferState,
    RenderOffer,
)
from persona_core.graphics.render_watch import LATE_MS, LONG_RUN, SILENT_MS, RenderWatch
from persona_core.wire.rendering import RenderCode

OFFER, WITHDRAW, WAIT = OfferCommand.OFFER, OfferCommand.WITHDRAW, OfferCommand.WAIT


def test_table_offers_a_server_exactly_in_the_state_of_that_name() -> None:
    for state, event in product(OfferState, OfferEvent):
        after, commands = OFFER_TABLE[state, event]
        begins = after is OfferState.OFFERED is not state
        ends = state is OfferState.OFFERED is not after
        assert (OFFER in commands, WITHDRAW in commands) == (begins, ends), (state, event)
        assert (WAIT in commands) == (after is OfferState.WAITING is not state), (state, event)


def test_nothing_is_offered_when_the_person_has_not_agreed() -> None:
    offer = RenderOffer()
    assert offer.retry() == () == offer.failed(RenderCode.BUSY, 0.0)
    assert (offer.state, offer.problem) == (OfferState.OFF, None)


def test_waits_grow_when_a_server_fails_again_and_again() -> None:
    offer, waits = RenderOffer(), []
    assert offer.agree() == (OFFER,)
    for _ in range(8):
        assert offer.failed("render-unreachable", 0.0) == (WITHDRAW, WAIT)
        assert offer.failed("render-slow", 0.0) == (), "another portrait's line tells the same"
        assert offer.problem == "render-unreachable"
        waits.append(offer.wait_ms)
        assert offer.retry() == (OFFER,)
    assert waits[:3] == [FIRST_WAIT_MS, 2 * FIRST_WAIT_MS, 4 * FIRST_WAIT_MS]
    assert waits[-1] == MAX_WAIT_MS


def test_server_is_asked_again_soon_when_it_had_drawn_for_long() -> None:
    offer = RenderOffer()
    offer.agree()
    for _ in range(4):
        offer.failed(RenderCode.BUSY, 0.0)
        offer.retry()
    offer.drawing(0.0)
    offer.failed(RenderCode.CLOSING, FINE_MS, 100.0)
    assert offer.wait_ms == FIRST_WAIT_MS


def test_server_is_left_alone_for_as_long_as_it_asks() -> None:
    offer = RenderOffer()
    offer.agree()
    offer.failed(RenderCode.BUSY, 0.0, 20_000.0)
    assert offer.wait_ms == 20_000.0
    offer.retry()
    offer.failed(RenderCode.BUSY, 0.0, 10.0 * MAX_WAIT_MS)
    assert offer.wait_ms == MAX_WAIT_MS


@pytest.mark.parametrize("code", sorted(FINAL))
def test_server_is_not_asked_again_when_that_would_change_nothing(code: RenderCode) -> None:
    offer = RenderOffer()
    offer.agree()
    assert offer.failed(code, 0.0) == (WITHDRAW,)
    assert offer.retry() == ()
    assert offer.state is OfferState.REFUSED
    assert offer.agree() == (OFFER,), "unless the person wants it"


def test_nothing_goes_there_when_the_person_takes_it_back() -> None:
    offer = RenderOffer()
    offer.agree()
    assert offer.leave() == (WITHDRAW,)
    offer.agree()
    offer.failed(RenderCode.BUSY, 0.0)
    assert offer.leave() == ()
    assert offer.retry() == (), "the wait of before is over too late"


def stepped(watch: RenderWatch, ms: float, step_ms: float = 20.0) -> RenderWatch:
    for number in range(int(ms / step_ms) + 1):
        watch.step(number * step_ms)
    return watch


def test_server_is_slow_when_no_picture_comes_of_what_was_sent() -> None:
    watch = RenderWatch()
    assert not stepped(watch, 10.0 * SILENT_MS).is_slow, "nothing was asked for"
    watch.sent()
    assert not stepped(RenderWatch(), SILENT_MS / 2.0).is_slow
    assert stepped(watch, SILENT_MS + 40.0).is_slow


def test_server_is_not_blamed_when_the_page_itself_stood_still() -> None:
    watch = RenderWatch()
    watch.step(0.0)
    watch.sent()
    watch.step(60_000.0)
    assert not watch.is_slow


def test_server_is_slow_when_all_pictures_are_late() -> None:
    watch = RenderWatch()
    for _ in range(LONG_RUN - 1):
        watch.came(2.0 * LATE_MS)
    assert not watch.is_slow, "a few may be"
    watch.came(2.0 * LATE_MS)
    assert watch.is_slow
    for _ in range(4 * LONG_RUN):
        watch.came(60.0)
    assert not watch.is_slow
    assert 60.0 <= watch.latency_ms < 100.0
