"""The three machines, exhaustively: every state with every event."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from itertools import product
from typing import Any

import pytest

from persona_core.base.backoff import Backoff
from persona_core.base.machine import Machine
from persona_core.call.peer.negotiation import (
    MAX_WAITING_CANDIDATES,
    NEGOTIATION_TABLE,
    Negotiation,
    NegotiationCommand,
    NegotiationEvent,
    NegotiationState,
)
from persona_core.call.peer.peer_machine import (
    LINK_TABLE,
    MAX_REBUILDS,
    LinkCommand,
    LinkEvent,
    LinkState,
    PeerLink,
)
from persona_core.call.signaling.signaling_machine import (
    ROOM_TABLE,
    RoomCommand,
    RoomEvent,
    RoomSession,
    RoomState,
)
from persona_core.errors import IllegalEventError

MACHINES: list[tuple[Any, type[Enum], type[Enum]]] = [
    (ROOM_TABLE, RoomState, RoomEvent),
    (NEGOTIATION_TABLE, NegotiationState, NegotiationEvent),
    (LINK_TABLE, LinkState, LinkEvent),
]
STEPS = [
    pytest.param(table, state, event, id=f"{state}-{event.name}")
    for table, states, events in MACHINES
    for state, event in product(states, events)
]

NO_TRANSPORT = {LinkState.IDLE, LinkState.RETRYING, LinkState.LOST, LinkState.BARRED}
TIMER_OFF = {LinkState.IDLE, LinkState.LOST, LinkState.BARRED}
FROM_TRANSPORT = {
    LinkEvent.PROGRESS,
    LinkEvent.UP,
    LinkEvent.DOWN,
    LinkEvent.FAILED,
    LinkEvent.FAILED_ALONE,
    LinkEvent.FAILED_FINALLY,
}
FROM_TIMER = {LinkEvent.DUE, LinkEvent.DUE_OFFLINE, LinkEvent.DUE_ALONE, LinkEvent.DUE_FINALLY}


@pytest.mark.parametrize(("table", "state", "event"), STEPS)
def test_machine_steps_as_its_table_says_or_raises_unchanged_for_every_state_and_event(
    table: Any, state: Enum, event: Enum
) -> None:
    machine: Machine[Any, Any, Any] = Machine(table, state)
    step = table.get((state, event))
    if step is None:
        with pytest.raises(IllegalEventError, match=rf"{event.name} in {state}"):
            machine.handle(event)
        assert machine.state is state
    else:
        assert machine.handle(event) == step[1]
        assert machine.state is step[0]


@pytest.mark.parametrize(("table", "states", "events"), MACHINES)
def test_every_state_is_reached_and_left_when_the_table_is_walked(
    table: Any, states: type[Enum], events: type[Enum]
) -> None:
    first = next(iter(states))
    reached, fresh = {first}, [first]
    while fresh:
        state = fresh.pop()
        for (start, _), (after, _) in table.items():
            if start is state and after not in reached:
                reached.add(after)
                fresh.append(after)
    assert reached == set(states)
    for state in states:
        exits = {after for (start, _), (after, _) in table.items() if start is state}
        assert exits - {state}, f"no way out of {state}"
    assert {event for _, event in table} == set(events)


def test_link_allows_just_what_can_happen_for_every_state() -> None:
    for state in LinkState:
        impossible = set()
        if state in NO_TRANSPORT:
            impossible |= FROM_TRANSPORT
        if state in TIMER_OFF:
            impossible |= FROM_TIMER
        allowed = {event for start, event in LINK_TABLE if start is state}
        assert allowed == set(LinkEvent) - impossible, state


def _link_effects() -> Iterator[tuple[LinkState, LinkEvent, LinkState, tuple[LinkCommand, ...]]]:
    for (state, event), (after, commands) in LINK_TABLE.items():
        yield state, event, after, commands


def test_link_has_a_transport_just_in_the_states_that_need_one_for_every_step() -> None:
    made = {LinkCommand.BUILD, LinkCommand.ADOPT}
    for state, event, after, commands in _link_effects():
        has = state not in NO_TRANSPORT
        if made & set(commands):
            has = True
        elif LinkCommand.CLOSE_TRANSPORT in commands:
            has = False
        assert has == (after not in NO_TRANSPORT), (state, event)


def test_link_has_its_timer_running_just_where_it_waits_for_every_step() -> None:
    starts = {command for command in LinkCommand if command.name.startswith(("START_", "MOVE_"))}
    for state, event, after, commands in _link_effects():
        running = state not in TIMER_OFF and event not in FROM_TIMER
        for command in commands:
            if command in starts:
                running = True
            elif command is LinkCommand.STOP_TIMER:
                running = False
        if after is LinkState.CONNECTED:
            # It runs until the link has settled; then it may rest.
            continue
        assert running == (after not in TIMER_OFF), (state, event)


def test_connected_link_is_left_alone_whatever_the_signaling_server_says() -> None:
    for event in (LinkEvent.MET, LinkEvent.APPEARED, LinkEvent.MISSING, LinkEvent.DEPARTED):
        assert LINK_TABLE[LinkState.CONNECTED, event] == (LinkState.CONNECTED, ())


def make_link() -> PeerLink:
    return PeerLink(Backoff(lambda: 0.5))


def test_link_gives_up_after_bounded_rebuilds_when_every_one_fails() -> None:
    link = make_link()
    link.handle(LinkEvent.MET)
    rebuilds = 0
    while link.state is not LinkState.LOST:
        commands = link.failed()
        if LinkCommand.START_RETRY in commands:
            link.next_retry_ms()
            assert LinkCommand.BUILD in link.timer_due()
            rebuilds += 1
        assert rebuilds <= MAX_REBUILDS
    assert rebuilds == MAX_REBUILDS
    assert link.quality == "lost"
    assert LinkCommand.RESET_BACKOFF in link.handle(LinkEvent.APPEARED)


def test_link_waits_and_calls_nobody_when_the_server_cannot_be_reached() -> None:
    link = make_link()
    link.handle(LinkEvent.MET)
    link.handle(LinkEvent.UP)
    link.offline = True
    link.handle(LinkEvent.DOWN)
    assert link.timer_due() == (LinkCommand.START_GRACE,)
    assert link.state is LinkState.UNSTABLE
    link.failed()
    assert link.timer_due() == (LinkCommand.START_GRACE,)
    assert link.state is LinkState.RETRYING
    assert link.quality == "reconnecting"
    link.offline = False
    assert LinkCommand.OFFER in link.handle(LinkEvent.MET)


def test_deadline_moves_with_a_negotiation_but_not_for_a_peer_who_is_not_there() -> None:
    link = make_link()
    assert link.progressed() == ()
    link.handle(LinkEvent.MET)
    assert link.progressed() == (LinkCommand.MOVE_DEADLINE,)
    link.handle(LinkEvent.MISSING)
    assert link.progressed() == ()
    link.handle(LinkEvent.MET)
    link.handle(LinkEvent.UP)
    assert link.progressed() == ()
    link.handle(LinkEvent.DOWN)
    link.handle(LinkEvent.NUDGED)
    assert link.progressed() == (LinkCommand.MOVE_DEADLINE,)


def test_newcomers_offer_is_waited_for_when_a_peer_returns_before_the_next_try() -> None:
    link = make_link()
    link.handle(LinkEvent.APPEARED)
    link.handle(LinkEvent.AWAY)
    assert link.state is LinkState.RETRYING
    assert link.handle(LinkEvent.APPEARED) == (LinkCommand.START_WAITING,)
    assert LinkCommand.ADOPT in link.offered(1)


def test_link_ends_when_the_connection_breaks_after_the_peer_left() -> None:
    link = make_link()
    link.handle(LinkEvent.APPEARED)
    link.handle(LinkEvent.UP)
    link.handle(LinkEvent.DEPARTED)
    link.handle(LinkEvent.DOWN)
    link.timer_due()
    assert link.state is LinkState.IDLE


def test_shaky_link_waits_for_the_peer_when_the_server_lost_sight_of_it_too() -> None:
    link = make_link()
    link.handle(LinkEvent.APPEARED)
    link.handle(LinkEvent.UP)
    link.handle(LinkEvent.DOWN)
    assert link.handle(LinkEvent.DEPARTED) == (LinkCommand.START_GRACE,)
    assert link.quality == "reconnecting"
    link.handle(LinkEvent.APPEARED)
    assert link.timer_due() == (LinkCommand.RESTART_ICE, LinkCommand.START_DEADLINE)


@pytest.mark.parametrize(
    ("offered", "state", "generation"),
    [(3, LinkState.CONNECTED, 3), (4, LinkState.NEGOTIATING, 4), (2, LinkState.CONNECTED, 3)],
)
def test_generation_follows_the_highest_offer_when_offers_arrive(
    offered: int, state: LinkState, generation: int
) -> None:
    link = make_link()
    link.offered(3)
    link.handle(LinkEvent.UP)
    link.offered(offered)
    assert (link.state, link.generation) == (state, generation)


def test_own_offer_is_made_when_the_peer_offers_what_is_stale() -> None:
    link = make_link()
    link.generation = 5
    link.handle(LinkEvent.APPEARED)
    assert link.generation == 6
    assert LinkCommand.OFFER in link.offered(1)
    assert link.generation == 7


def test_mismatch_bars_a_stranger_but_not_a_peer_who_once_showed_the_key() -> None:
    stranger, friend = make_link(), make_link()
    for link in (stranger, friend):
        link.handle(LinkEvent.APPEARED)
    friend.proven = True
    stranger.mismatched()
    assert friend.mismatched() == ()
    assert (stranger.state, friend.state) == (LinkState.BARRED, LinkState.NEGOTIATING)
    stranger.offered(stranger.generation)
    assert stranger.state is LinkState.NEGOTIATING


@pytest.mark.parametrize(
    ("code", "state"),
    [
        (4008, RoomState.REFUSED),
        (4009, RoomState.REFUSED),
        (1000, RoomState.WAITING_RETRY),
        (1006, RoomState.WAITING_RETRY),
        (1012, RoomState.WAITING_RETRY),
        (4007, RoomState.WAITING_RETRY),
    ],
)
def test_room_tries_again_unless_the_close_code_forbids_it(code: int, state: RoomState) -> None:
    session = RoomSession(Backoff(lambda: 0.5))
    session.handle(RoomEvent.JOIN)
    session.socket_closed(code)
    assert session.state is state


def test_room_waits_longer_each_time_and_starts_over_when_a_connection_has_settled() -> None:
    session = RoomSession(Backoff(lambda: 0.5))
    session.handle(RoomEvent.JOIN)
    waits = []
    for _ in range(8):
        session.socket_closed(1006)
        waits.append(session.next_retry_ms())
        session.handle(RoomEvent.TIMER_DUE)
    assert waits == [0, 300, 1200, 2700, 4800, 7000, 7000, 7000]
    session.handle(RoomEvent.SOCKET_OPENED)
    session.handle(RoomEvent.WELCOMED)
    session.socket_closed(1006)
    assert session.next_retry_ms() == 7000
    session.handle(RoomEvent.TIMER_DUE)
    session.handle(RoomEvent.SOCKET_OPENED)
    session.handle(RoomEvent.WELCOMED)
    assert RoomCommand.RESET_BACKOFF in session.handle(RoomEvent.TIMER_DUE)
    session.reset_backoff()
    session.socket_closed(1006)
    assert session.next_retry_ms() == 0


def test_room_waits_at_least_as_long_as_the_server_asked_once() -> None:
    session = RoomSession(Backoff(lambda: 0.0))
    session.handle(RoomEvent.JOIN)
    session.server_closing(5_000.0)
    session.socket_closed(1012)
    assert session.next_retry_ms() == 5_000.0
    assert session.next_retry_ms() < 300.0


def test_collision_is_won_by_the_impolite_side_when_both_offer() -> None:
    polite, impolite = Negotiation(), Negotiation()
    for side in (polite, impolite):
        assert side.handle(NegotiationEvent.NEEDED) == (NegotiationCommand.MAKE_OFFER,)
        assert side.local_description("offer") == (NegotiationCommand.SEND,)
    assert impolite.remote_description("offer", polite=False) == ()
    assert polite.remote_description("offer", polite=True) == (NegotiationCommand.ACCEPT,)
    assert impolite.remote_candidate("of the ignored offer") == ()
    assert polite.remote_candidate("of the winning offer") == ("of the winning offer",)
    assert polite.local_description("answer") == (NegotiationCommand.SEND,)
    assert impolite.remote_description("answer", polite=False) == (NegotiationCommand.ACCEPT,)
    assert impolite.take_waiting() == ()
    assert impolite.remote_candidate("of the answer") == ("of the answer",)
    assert polite.state is impolite.state is NegotiationState.STABLE


def test_candidates_wait_for_the_description_when_they_come_first() -> None:
    negotiation = Negotiation()
    many = [f"candidate {number}" for number in range(MAX_WAITING_CANDIDATES + 10)]
    assert [negotiation.remote_candidate(candidate) for candidate in many] == [()] * len(many)
    negotiation.remote_description("offer", polite=True)
    assert negotiation.take_waiting() == tuple(many[:MAX_WAITING_CANDIDATES])
    assert negotiation.take_waiting() == ()
