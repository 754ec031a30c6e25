"""The machines, exhaustively: every state with every event."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from itertools import product
from typing import Any

import pytest
from tests.support.refusals import refusal

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
    MAX_REBUILDS,
    PEER_TABLE,
    PeerCommand,
    PeerEvent,
    PeerMachine,
    PeerState,
)
from persona_core.call.signaling.signaling_machine import (
    SIGNALING_TABLE,
    SignalingCommand,
    SignalingEvent,
    SignalingMachine,
    SignalingState,
)
from persona_core.errors import IllegalEventError
from persona_core.face.presence import PRESENCE_TABLE, Presence, PresenceEvent
from persona_core.graphics.ladder_table import LADDER_TABLE, LadderEvent, LadderState
from persona_core.hands.gesture_filter import GESTURE_TABLE, GestureEvent, GestureState

MACHINES: list[tuple[Any, type[Enum], type[Enum]]] = [
    (SIGNALING_TABLE, SignalingState, SignalingEvent),
    (NEGOTIATION_TABLE, NegotiationState, NegotiationEvent),
    (PEER_TABLE, PeerState, PeerEvent),
    (PRESENCE_TABLE, Presence, PresenceEvent),
    (GESTURE_TABLE, GestureState, GestureEvent),
    (LADDER_TABLE, LadderState, LadderEvent),
]

NO_TRANSPORT = {PeerState.IDLE, PeerState.RETRYING, PeerState.LOST, PeerState.BARRED}
TIMER_OFF = {PeerState.IDLE, PeerState.LOST, PeerState.BARRED}
FROM_TRANSPORT = {
    PeerEvent.PROGRESS,
    PeerEvent.UP,
    PeerEvent.DOWN,
    PeerEvent.FAILED,
    PeerEvent.FAILED_ALONE,
    PeerEvent.FAILED_FINALLY,
}
FROM_TIMER = {PeerEvent.DUE, PeerEvent.DUE_OFFLINE, PeerEvent.DUE_ALONE, PeerEvent.DUE_FINALLY}


@pytest.mark.parametrize(("table", "states", "events"), MACHINES)
def test_machine_steps_as_its_table_says_or_raises_unchanged_for_every_state_and_event(
    table: Any, states: type[Enum], events: type[Enum]
) -> None:
    for state, event in product(states, events):
        machine: Machine[Any, Any, Any] = Machine(table, state)
        if (state, event) in table:
            after, commands = table[state, event]
            assert (machine.handle(event), machine.state) == (commands, after), (state, event)
            continue
        error = refusal(IllegalEventError, machine.handle, event)
        assert error is not None, f"{event.name} in {state} is allowed"
        assert error.detail == f"{event.name} in {state}"
        assert machine.state is state


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


def test_peer_machine_allows_just_what_can_happen_for_every_state() -> None:
    for state in PeerState:
        impossible = set()
        if state in NO_TRANSPORT:
            impossible |= FROM_TRANSPORT
        if state in TIMER_OFF:
            impossible |= FROM_TIMER
        allowed = {event for start, event in PEER_TABLE if start is state}
        assert allowed == set(PeerEvent) - impossible, state


def _peer_steps() -> Iterator[tuple[PeerState, PeerEvent, PeerState, tuple[PeerCommand, ...]]]:
    for (state, event), (after, commands) in PEER_TABLE.items():
        yield state, event, after, commands


def test_peer_machine_has_a_transport_just_in_the_states_that_need_one_for_every_step() -> None:
    made = {PeerCommand.BUILD, PeerCommand.ADOPT}
    for state, event, after, commands in _peer_steps():
        has = state not in NO_TRANSPORT
        if made & set(commands):
            has = True
        elif PeerCommand.CLOSE_TRANSPORT in commands:
            has = False
        assert has == (after not in NO_TRANSPORT), (state, event)


def test_peer_machine_has_its_timer_running_just_where_it_waits_for_every_step() -> None:
    starts = {command for command in PeerCommand if command.name.startswith(("START_", "MOVE_"))}
    for state, event, after, commands in _peer_steps():
        running = state not in TIMER_OFF and event not in FROM_TIMER
        for command in commands:
            if command in starts:
                running = True
            elif command is PeerCommand.STOP_TIMER:
                running = False
        if after is PeerState.CONNECTED:
            # It runs until the machine has settled; then it may rest.
            continue
        assert running == (after not in TIMER_OFF), (state, event)


def test_connected_peer_is_left_alone_whatever_the_signaling_server_says() -> None:
    for event in (PeerEvent.MET, PeerEvent.APPEARED, PeerEvent.MISSING, PeerEvent.DEPARTED):
        assert PEER_TABLE[PeerState.CONNECTED, event] == (PeerState.CONNECTED, ())


def make_machine() -> PeerMachine:
    return PeerMachine(Backoff(lambda: 0.5))


def test_peer_machine_gives_up_after_bounded_rebuilds_when_every_one_fails() -> None:
    machine = make_machine()
    machine.handle(PeerEvent.MET)
    rebuilds = 0
    while machine.state is not PeerState.LOST:
        commands = machine.failed()
        if PeerCommand.START_RETRY in commands:
            machine.next_retry_ms()
            assert PeerCommand.BUILD in machine.timer_due()
            rebuilds += 1
        assert rebuilds <= MAX_REBUILDS
    assert rebuilds == MAX_REBUILDS
    assert machine.quality == "lost"
    assert PeerCommand.RESET_BACKOFF in machine.handle(PeerEvent.APPEARED)


def test_peer_machine_waits_and_calls_nobody_when_the_server_cannot_be_reached() -> None:
    machine = make_machine()
    machine.handle(PeerEvent.MET)
    machine.handle(PeerEvent.UP)
    machine.offline = True
    machine.handle(PeerEvent.DOWN)
    assert machine.timer_due() == (PeerCommand.START_GRACE,)
    assert machine.state is PeerState.UNSTABLE
    machine.failed()
    assert machine.timer_due() == (PeerCommand.START_GRACE,)
    assert machine.state is PeerState.RETRYING
    assert machine.quality == "reconnecting"
    machine.offline = False
    assert PeerCommand.OFFER in machine.handle(PeerEvent.MET)


def test_deadline_moves_with_a_negotiation_but_not_for_a_peer_who_is_not_there() -> None:
    machine = make_machine()
    assert machine.progressed() == ()
    machine.handle(PeerEvent.MET)
    assert machine.progressed() == (PeerCommand.MOVE_DEADLINE,)
    machine.handle(PeerEvent.MISSING)
    assert machine.progressed() == ()
    machine.handle(PeerEvent.MET)
    machine.handle(PeerEvent.UP)
    assert machine.progressed() == ()
    machine.handle(PeerEvent.DOWN)
    machine.handle(PeerEvent.NUDGED)
    assert machine.progressed() == (PeerCommand.MOVE_DEADLINE,)


def test_newcomers_offer_is_waited_for_when_a_peer_returns_before_the_next_try() -> None:
    machine = make_machine()
    machine.handle(PeerEvent.APPEARED)
    machine.handle(PeerEvent.AWAY)
    assert machine.state is PeerState.RETRYING
    assert machine.handle(PeerEvent.APPEARED) == (PeerCommand.START_WAITING,)
    assert PeerCommand.ADOPT in machine.offered(1)


def test_peer_machine_ends_when_the_connection_breaks_after_the_peer_left() -> None:
    machine = make_machine()
    machine.handle(PeerEvent.APPEARED)
    machine.handle(PeerEvent.UP)
    machine.handle(PeerEvent.DEPARTED)
    machine.handle(PeerEvent.DOWN)
    machine.timer_due()
    assert machine.state is PeerState.IDLE


def test_shaky_connection_waits_for_the_peer_when_the_server_lost_sight_of_it_too() -> None:
    machine = make_machine()
    machine.handle(PeerEvent.APPEARED)
    machine.handle(PeerEvent.UP)
    machine.handle(PeerEvent.DOWN)
    assert machine.handle(PeerEvent.DEPARTED) == (PeerCommand.START_GRACE,)
    assert machine.quality == "reconnecting"
    machine.handle(PeerEvent.APPEARED)
    assert machine.timer_due() == (PeerCommand.RESTART_ICE, PeerCommand.START_DEADLINE)


@pytest.mark.parametrize(
    ("offered", "state", "generation"),
    [(3, PeerState.CONNECTED, 3), (4, PeerState.NEGOTIATING, 4), (2, PeerState.CONNECTED, 3)],
)
def test_generation_follows_the_highest_offer_when_offers_arrive(
    offered: int, state: PeerState, generation: int
) -> None:
    machine = make_machine()
    machine.offered(3)
    machine.handle(PeerEvent.UP)
    machine.offered(offered)
    assert (machine.state, machine.generation) == (state, generation)


def test_own_offer_is_made_when_the_peer_offers_what_is_stale() -> None:
    machine = make_machine()
    machine.generation = 5
    machine.handle(PeerEvent.APPEARED)
    assert machine.generation == 6
    assert PeerCommand.OFFER in machine.offered(1)
    assert machine.generation == 7


def test_mismatch_bars_a_stranger_but_not_a_peer_who_once_showed_the_key() -> None:
    stranger, friend = make_machine(), make_machine()
    for machine in (stranger, friend):
        machine.handle(PeerEvent.APPEARED)
    friend.proven = True
    stranger.mismatched()
    assert friend.mismatched() == ()
    assert (stranger.state, friend.state) == (PeerState.BARRED, PeerState.NEGOTIATING)
    stranger.offered(stranger.generation)
    assert stranger.state is PeerState.NEGOTIATING


@pytest.mark.parametrize(
    ("code", "state"),
    [
        (4008, SignalingState.REFUSED),
        (4009, SignalingState.REFUSED),
        (1000, SignalingState.WAITING_RETRY),
        (1006, SignalingState.WAITING_RETRY),
        (1012, SignalingState.WAITING_RETRY),
        (4007, SignalingState.WAITING_RETRY),
    ],
)
def test_signaling_machine_tries_again_unless_the_close_code_forbids_it(
    code: int, state: SignalingState
) -> None:
    signaling = SignalingMachine(Backoff(lambda: 0.5))
    signaling.handle(SignalingEvent.JOIN)
    signaling.socket_closed(code)
    assert signaling.state is state


def test_signaling_machine_waits_longer_each_time_until_a_connection_has_settled() -> None:
    signaling = SignalingMachine(Backoff(lambda: 0.5))
    signaling.handle(SignalingEvent.JOIN)
    waits = []
    for _ in range(8):
        signaling.socket_closed(1006)
        waits.append(signaling.next_retry_ms())
        signaling.handle(SignalingEvent.TIMER_DUE)
    assert waits == [0, 300, 1200, 2700, 4800, 7000, 7000, 7000]
    signaling.handle(SignalingEvent.SOCKET_OPENED)
    signaling.handle(SignalingEvent.WELCOMED)
    signaling.socket_closed(1006)
    assert signaling.next_retry_ms() == 7000
    signaling.handle(SignalingEvent.TIMER_DUE)
    signaling.handle(SignalingEvent.SOCKET_OPENED)
    signaling.handle(SignalingEvent.WELCOMED)
    assert SignalingCommand.RESET_BACKOFF in signaling.handle(SignalingEvent.TIMER_DUE)
    signaling.reset_backoff()
    signaling.socket_closed(1006)
    assert signaling.next_retry_ms() == 0


def test_signaling_machine_waits_at_least_as_long_as_the_server_asked_once() -> None:
    signaling = SignalingMachine(Backoff(lambda: 0.0))
    signaling.handle(SignalingEvent.JOIN)
    signaling.server_closing(5_000.0)
    signaling.socket_closed(1012)
    assert signaling.next_retry_ms() == 5_000.0
    assert signaling.next_retry_ms() < 300.0


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
