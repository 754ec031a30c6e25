"""The fallback ladder: every state with every event, what it decides, and what it never does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from persona_core.graphics.capabilities import SERVER_MISSING, Capabilities
from persona_core.graphics.fps_watch import FINE_MS, SLOW_MS
from persona_core.graphics.ladder import (
    DEADLINE_MS,
    GRACE_MS,
    LOOK_MS,
    MAX_LOG,
    NEURAL_DEADLINE_MS,
    QUIET_MS,
    Ladder,
)
from persona_core.graphics.ladder_commands import (
    Commands,
    LadderEntry,
    Reason,
    Start,
    StartBase,
    Suggest,
    Withdraw,
)
from persona_core.graphics.ladder_table import LADDER_TABLE, LadderCommand, LadderEvent, LadderState
from persona_core.graphics.modes import LADDER, NEURAL, OWN_RUNGS, REFUGES, GPUMode, Rung
from persona_core.graphics.rung_history import FIRST_HOLD_MS, MAX_FAILURES, RESTART_RENEWAL_MS

GPU = {"api": True, "adapter": True}
GL = {"context": True}
EVERYTHING = Capabilities.from_probe({"webgpu": GPU, "webgl": GL, "wasmSimd": True})
NO_WEBGPU = Capabilities.from_probe({"webgl": GL})
NOTHING = Capabilities()

STARTS = {
    LadderCommand.AGAIN,
    LadderCommand.DESCEND,
    LadderCommand.ASCEND,
    LadderCommand.MOVE,
}
TIMERS = {LadderCommand.START_DEADLINE, LadderCommand.START_GRACE, LadderCommand.START_LOOK}
STARTING = {LadderState.STARTING, LadderState.STARTING_UNSEEN}
UNSEEN = {LadderState.STARTING_UNSEEN, LadderState.UNSEEN}
DUES = {LadderEvent.DUE, LadderEvent.DUE_AT_FLOOR, LadderEvent.DUE_CLIMB}


def test_table_keeps_its_promises_for_every_state_and_event() -> None:
    for state, event in product(LadderState, LadderEvent):
        assert_keeps_its_promises(state, event)


def assert_keeps_its_promises(state: LadderState, event: LadderEvent) -> None:
    after, commands = LADDER_TABLE[state, event]
    step = f"{event.name} in {state.name}"
    starts = [command for command in commands if command in STARTS]

    assert len(starts) <= 1, step
    if starts:
        assert after in STARTING, f"{step}: what was started has drawn nothing yet"
    elif after in STARTING:
        assert state in STARTING, f"{step}: nothing starts without a command"
    if after is LadderState.SUGGESTING and state is not after:
        assert LadderCommand.SUGGEST in commands, step
    if state is LadderState.SUGGESTING:
        assert (LadderCommand.WITHDRAW in commands) == (after is not state), step
    else:
        assert LadderCommand.WITHDRAW not in commands, step
    if event not in {LadderEvent.HIDE, LadderEvent.SHOW}:
        only = "only the page hides and shows itself"
        assert (after in UNSEEN) == (state in UNSEEN), f"{step}: {only}"
    running = state not in UNSEEN and event not in DUES
    if TIMERS & set(commands):
        running = True
    if LadderCommand.STOP_TIMER in commands:
        running = False
    # Where the ladder's timer has just run out, and cannot have, no matter.
    possible = event not in DUES or (state, event) not in {
        (LadderState.STARTING, LadderEvent.DUE_CLIMB),
        (LadderState.SUGGESTING, LadderEvent.DUE_CLIMB),
    }
    if possible:
        assert running == (after not in UNSEEN), step


@dataclass
class Walk:
    """A ladder with a clock."""

    ladder: Ladder
    now_ms: float = 1000.0

    def wait(self, ms: float) -> Commands:
        self.now_ms += ms
        return self.ladder.tick(self.now_ms)

    def fps(self, fps: float, for_ms: float, *, relief_left: bool = False) -> Commands:
        """Tells this rate twice a second, and lets time pass; the commands of all that."""
        given: Commands = ()
        end_ms = self.now_ms + for_ms
        while self.now_ms < end_ms and not given:
            given += self.ladder.observe(fps, self.now_ms, relief_left=relief_left)
            given += self.wait(500.0)
        return given

    def started(self) -> None:
        assert self.ladder.started(self.now_ms) == ()


def running(
    capabilities: Capabilities = EVERYTHING,
    mode: GPUMode = GPUMode.AUTO,
    *,
    model: bool = False,
    pictured: bool = True,
) -> Walk:
    walk = Walk(Ladder(capabilities, mode, NEURAL if model else frozenset(), pictured=pictured))
    walk.ladder.begin(walk.now_ms)
    walk.started()
    return walk


@pytest.mark.parametrize(
    ("capabilities", "mode", "model", "rung"),
    [
        (EVERYTHING, GPUMode.AUTO, False, Rung.WEBGPU),
        (EVERYTHING, GPUMode.AUTO, True, Rung.NEURAL_WEBGPU),
        (NO_WEBGPU, GPUMode.AUTO, False, Rung.WEBGL),
        (NOTHING, GPUMode.AUTO, False, Rung.CANVAS),
        (EVERYTHING, GPUMode.WEBGPU, False, Rung.WEBGPU),
        (EVERYTHING, GPUMode.WEBGL, True, Rung.WEBGL),
        (EVERYTHING, GPUMode.CPU, False, Rung.CANVAS),
        (EVERYTHING, GPUMode.CPU, True, Rung.NEURAL_WASM),
        (NO_WEBGPU, GPUMode.WEBGPU, False, Rung.WEBGL),
        (NOTHING, GPUMode.WEBGL, False, Rung.CANVAS),
    ],
)
def test_ladder_begins_on_the_best_rung_when_the_machine_and_the_mode_are_known(
    capabilities: Capabilities, mode: GPUMode, model: bool, rung: Rung
) -> None:
    ladder = Ladder(capabilities, mode, NEURAL if model else frozenset())

    assert ladder.begin(0.0) == (Start(rung, Reason.BEGIN),)
    assert ladder.log == (LadderEntry(0.0, None, rung, Reason.BEGIN),)


@pytest.mark.parametrize("reason", [Reason.CREATION_FAILED, Reason.FIRST_RUN_FAILED])
def test_ladder_steps_down_at_once_when_a_rung_cannot_be_started(reason: Reason) -> None:
    ladder = Ladder(EVERYTHING)
    ladder.begin(0.0)

    assert ladder.failed(reason, 10.0, "no luck") == (Start(Rung.WEBGL, reason),)
    assert ladder.failed(reason, 20.0) == (Start(Rung.CANVAS, reason),)
    assert ladder.log[1] == LadderEntry(10.0, Rung.WEBGPU, Rung.WEBGL, reason, "no luck")


def test_ladder_steps_down_when_a_rung_draws_nothing_until_the_deadline() -> None:
    walk = Walk(Ladder(EVERYTHING))
    walk.ladder.begin(walk.now_ms)

    assert walk.wait(10 * DEADLINE_MS) == (), "the page itself was late"
    assert walk.wait(DEADLINE_MS - 1.0) == ()
    assert walk.wait(1.0) == (Start(Rung.WEBGL, Reason.TIMED_OUT),)


@pytest.mark.parametrize("pictured", [False, True])
def test_ladder_tries_the_lowest_rung_again_later_when_even_that_fails(pictured: bool) -> None:
    walk = Walk(Ladder(NOTHING, pictured=pictured))
    walk.ladder.begin(walk.now_ms)
    floor = Rung.STILL if pictured else Rung.CANVAS
    if pictured:
        given = walk.ladder.failed(Reason.CREATION_FAILED, walk.now_ms)
        assert given == (Start(floor, Reason.CREATION_FAILED),)

    assert walk.wait(0.0) == ()
    assert walk.ladder.failed(Reason.CREATION_FAILED, walk.now_ms) == ()
    assert walk.wait(DEADLINE_MS) == (Start(floor, Reason.TIMED_OUT),)


def test_ladder_has_a_still_only_while_anybody_goes_as_a_portrait() -> None:
    walk = running(NOTHING, pictured=False)
    assert walk.ladder.lack_of(Rung.STILL) == "portrait-missing"
    assert walk.fps(5.0, 10 * SLOW_MS) == (), "there is nothing below a drawn character"

    assert walk.ladder.set_pictured(True, walk.now_ms) == ()
    assert walk.fps(5.0, 2 * SLOW_MS)[0].rung is Rung.STILL  # type: ignore[union-attr]
    assert walk.ladder.set_pictured(False, walk.now_ms) == (Withdraw(),)
    walk.ladder.set_pictured(True, walk.now_ms)
    walk.fps(5.0, 2 * SLOW_MS)
    assert walk.ladder.accept(walk.now_ms) == (Withdraw(), Start(Rung.STILL, Reason.SLOW))
    walk.started()
    assert walk.fps(5.0, 10 * SLOW_MS) == (), "there is nothing below a still"
    assert walk.ladder.set_pictured(False, walk.now_ms) == (Start(Rung.CANVAS, Reason.NOT_NEEDED),)


def test_ladder_climbs_from_the_still_when_all_runs_well() -> None:
    walk = running(NOTHING)
    walk.fps(5.0, 2 * SLOW_MS)
    walk.ladder.accept(walk.now_ms)
    walk.started()
    assert climbs(walk, Rung.CANVAS) >= FIRST_HOLD_MS
    walk.started()
    walk.fps(5.0, 2 * SLOW_MS)
    walk.ladder.accept(walk.now_ms)
    walk.started()
    assert climbs(walk, Rung.CANVAS) >= 2 * FIRST_HOLD_MS


def test_base_leaves_the_still_when_the_last_portrait_goes() -> None:
    walk = running(model=True)
    for _ in range(3):
        walk.ladder.base_failed(Reason.RUN_FAILED, walk.now_ms)
    assert walk.ladder.base is Rung.STILL
    given = walk.ladder.set_pictured(False, walk.now_ms)
    assert given == (StartBase(Rung.CANVAS, Reason.NOT_NEEDED),)
    assert walk.ladder.rung is Rung.NEURAL_WEBGPU


@pytest.mark.parametrize("reason", [Reason.DEVICE_LOST, Reason.CONTEXT_LOST])
def test_ladder_restarts_a_rung_once_then_steps_down_when_it_is_lost(reason: Reason) -> None:
    walk = running()

    assert walk.ladder.lost(reason, walk.now_ms) == (Start(Rung.WEBGPU, reason),)
    walk.started()
    assert walk.ladder.lost(reason, walk.now_ms + 1.0) == (Start(Rung.WEBGL, reason),)


def test_ladder_restarts_a_rung_again_when_the_last_loss_was_long_ago() -> None:
    walk = running()
    walk.ladder.lost(Reason.DEVICE_LOST, walk.now_ms)
    walk.started()
    walk.now_ms += RESTART_RENEWAL_MS

    assert walk.ladder.lost(Reason.DEVICE_LOST, walk.now_ms) == (
        Start(Rung.WEBGPU, Reason.DEVICE_LOST),
    )


def test_ladder_suggests_first_and_goes_by_itself_when_frames_stay_slow() -> None:
    walk = running()

    given = walk.fps(8.0, 2 * SLOW_MS)
    assert given == (Suggest(Rung.WEBGL, Reason.SLOW, walk.now_ms - 500.0 + GRACE_MS),)
    assert walk.ladder.suggestion == given[0]
    assert walk.ladder.rung is Rung.WEBGPU
    assert walk.fps(8.0, 2 * GRACE_MS) == (Withdraw(), Start(Rung.WEBGL, Reason.SLOW))
    assert walk.ladder.suggestion is None


def test_ladder_goes_at_once_when_a_suggestion_is_accepted() -> None:
    walk = running()
    walk.fps(8.0, 2 * SLOW_MS)

    assert walk.ladder.accept(walk.now_ms) == (Withdraw(), Start(Rung.WEBGL, Reason.SLOW))


def test_ladder_leaves_the_person_in_peace_when_a_suggestion_was_dismissed() -> None:
    walk = running()
    walk.fps(8.0, 2 * SLOW_MS)

    assert walk.ladder.dismiss(walk.now_ms) == (Withdraw(),)
    assert walk.fps(8.0, QUIET_MS - 1000.0) == ()
    assert [type(one) for one in walk.fps(8.0, 3000.0)] == [Suggest]
    walk.ladder.dismiss(walk.now_ms)
    assert walk.fps(8.0, 2 * QUIET_MS - 1000.0) == (), "each no counts double"


def test_ladder_takes_its_suggestion_back_when_frames_come_well_again() -> None:
    walk = running()
    walk.fps(8.0, 2 * SLOW_MS)

    assert walk.fps(60.0, 2 * FINE_MS) == (Withdraw(),)
    assert walk.ladder.rung is Rung.WEBGPU


def test_ladder_waits_for_quality_to_fall_when_that_may_still_help() -> None:
    walk = running()

    assert walk.fps(8.0, 5 * SLOW_MS, relief_left=True) == ()
    assert walk.fps(8.0, SLOW_MS) == (), "the last quality gets its time, too"
    assert [type(one) for one in walk.fps(8.0, 1000.0)] == [Suggest]


def test_ladder_suggests_a_lower_rung_when_memory_is_short() -> None:
    walk = running()

    [suggestion] = walk.ladder.memory_short(walk.now_ms)
    assert suggestion == Suggest(Rung.WEBGL, Reason.MEMORY, walk.now_ms + GRACE_MS)
    # The frame rate says nothing about memory.
    assert walk.fps(60.0, GRACE_MS / 2) == ()


@pytest.mark.parametrize("mode", [GPUMode.WEBGPU, GPUMode.WEBGL])
def test_ladder_keeps_a_pinned_mode_when_it_is_slow_and_leaves_it_when_it_fails(
    mode: GPUMode,
) -> None:
    walk = running(mode=mode)
    pinned = walk.ladder.rung

    assert walk.fps(5.0, 10 * SLOW_MS) == ()
    assert walk.ladder.memory_short(walk.now_ms) == ()
    assert walk.ladder.rung is pinned
    [start] = walk.ladder.failed(Reason.RUN_FAILED, walk.now_ms)
    assert isinstance(start, Start)
    assert start.rung in REFUGES[mode]


def test_ladder_judges_nothing_when_the_page_is_hidden() -> None:
    walk = running()
    walk.fps(8.0, 2 * SLOW_MS)

    assert walk.ladder.hidden(walk.now_ms) == (Withdraw(),)
    assert walk.wait(100 * DEADLINE_MS) == ()
    assert walk.ladder.shown(walk.now_ms) == ()
    assert walk.ladder.observe(8.0, walk.now_ms) == (), "what was slow was slow before"
    assert walk.ladder.state is LadderState.RUNNING


def test_ladder_restarts_in_a_hidden_tab_and_gives_it_time_when_the_device_is_lost_there() -> None:
    walk = running()
    walk.ladder.hidden(walk.now_ms)

    assert walk.ladder.lost(Reason.DEVICE_LOST, walk.now_ms) == (
        Start(Rung.WEBGPU, Reason.DEVICE_LOST),
    )
    assert walk.wait(10 * DEADLINE_MS) == ()
    walk.ladder.shown(walk.now_ms)
    assert walk.wait(DEADLINE_MS) == (Start(Rung.WEBGL, Reason.TIMED_OUT),)


def test_ladder_moves_when_the_person_chooses_and_stays_when_it_is_the_same() -> None:
    walk = running()

    assert walk.ladder.choose(GPUMode.WEBGPU, walk.now_ms) == ()
    assert walk.ladder.choose(GPUMode.WEBGL, walk.now_ms) == (Start(Rung.WEBGL, Reason.CHOSEN),)
    assert walk.ladder.choose(GPUMode.CPU, walk.now_ms) == (Start(Rung.CANVAS, Reason.CHOSEN),)
    assert walk.ladder.choose(GPUMode.AUTO, walk.now_ms) == (Start(Rung.WEBGPU, Reason.CHOSEN),)


def test_ladder_forgives_what_failed_when_the_person_chooses_anew() -> None:
    walk = running()
    walk.ladder.failed(Reason.RUN_FAILED, walk.now_ms)
    walk.started()

    assert walk.ladder.choose(GPUMode.AUTO, walk.now_ms) == (Start(Rung.WEBGPU, Reason.CHOSEN),)


def test_ladder_follows_the_model_when_it_comes_and_goes() -> None:
    walk = running()

    assert walk.ladder.set_neural(NEURAL, walk.now_ms) == (
        Start(Rung.NEURAL_WEBGPU, Reason.MODEL_LOADED),
    )
    walk.started()
    assert walk.ladder.set_neural(frozenset(), walk.now_ms) == (
        Start(Rung.WEBGPU, Reason.MODEL_GONE),
    )
    assert walk.ladder.set_neural(NEURAL, walk.now_ms) == (), "somebody is seen first"
    assert walk.ladder.started(walk.now_ms) == (Start(Rung.NEURAL_WEBGPU, Reason.MODEL_LOADED),)


def test_ladder_forgives_a_neural_rung_when_a_model_is_loaded_for_it_anew() -> None:
    walk = running(model=True)
    walk.ladder.failed(Reason.RUN_FAILED, walk.now_ms)
    walk.started()
    assert walk.ladder.rung is Rung.NEURAL_WASM
    assert walk.ladder.set_neural(NEURAL, walk.now_ms) == (), "it is the same model"

    walk.ladder.set_neural(frozenset(), walk.now_ms)
    walk.started()
    assert walk.ladder.set_neural(NEURAL, walk.now_ms) == (
        Start(Rung.NEURAL_WEBGPU, Reason.MODEL_LOADED),
    )


def test_ladder_goes_to_the_model_at_once_when_a_lower_rung_is_just_suggested() -> None:
    walk = running()
    walk.fps(8.0, 2 * SLOW_MS)
    assert walk.ladder.suggestion is not None
    assert walk.ladder.set_neural(NEURAL, walk.now_ms) == (
        Withdraw(),
        Start(Rung.NEURAL_WEBGPU, Reason.MODEL_LOADED),
    )


def test_ladder_uses_a_model_only_while_there_is_somebody_to_draw() -> None:
    walk = Walk(Ladder(EVERYTHING, neural=NEURAL, wanted=False))
    assert walk.ladder.begin(walk.now_ms) == (Start(Rung.WEBGPU, Reason.BEGIN),)
    assert walk.ladder.lack_of(Rung.NEURAL_WEBGPU) == "portrait-missing"
    walk.started()
    assert walk.ladder.set_wanted(True, walk.now_ms) == (Start(Rung.NEURAL_WEBGPU, Reason.NEEDED),)
    walk.started()
    assert walk.ladder.set_wanted(False, walk.now_ms) == (Start(Rung.WEBGPU, Reason.NOT_NEEDED),)

    late = Walk(Ladder(EVERYTHING, neural=NEURAL, wanted=False))
    assert late.ladder.set_wanted(True, late.now_ms) == ()
    assert late.ladder.begin(late.now_ms) == (Start(Rung.NEURAL_WEBGPU, Reason.BEGIN),)


def test_ladder_waits_longer_for_a_first_picture_when_a_model_has_to_draw_it() -> None:
    walk = running()
    walk.ladder.set_neural(NEURAL, walk.now_ms)
    assert walk.wait(DEADLINE_MS + 1.0) == ()
    assert walk.wait(NEURAL_DEADLINE_MS) == (Start(Rung.NEURAL_WASM, Reason.TIMED_OUT),)


def test_base_steps_down_beside_the_model_when_it_fails() -> None:
    walk = running(model=True)
    ladder = walk.ladder
    assert (ladder.rung, ladder.base) == (Rung.NEURAL_WEBGPU, Rung.WEBGPU)
    given = ladder.base_failed(Reason.RUN_FAILED, walk.now_ms, "no memory")
    assert given == (StartBase(Rung.WEBGL, Reason.RUN_FAILED),)
    assert ladder.log[-1] == LadderEntry(
        walk.now_ms, Rung.WEBGPU, Rung.WEBGL, Reason.RUN_FAILED, "no memory"
    )
    # Lost, it is made anew in its place once.
    for rung in (Rung.WEBGL, Rung.CANVAS, Rung.CANVAS, Rung.STILL, Rung.STILL):
        given = ladder.base_lost(Reason.CONTEXT_LOST, walk.now_ms)
        assert given == (StartBase(rung, Reason.CONTEXT_LOST),)
    assert ladder.base_failed(Reason.RUN_FAILED, walk.now_ms) == (), "there is nothing below"
    assert ladder.rung is Rung.NEURAL_WEBGPU

    # What failed there is let alone when the model goes.
    assert ladder.set_neural(frozenset(), walk.now_ms) == (Start(Rung.STILL, Reason.MODEL_GONE),)


def test_base_follows_the_mode_when_the_model_goes_on() -> None:
    walk = running(model=True)
    walk.ladder.failed(Reason.RUN_FAILED, walk.now_ms)
    walk.started()
    assert walk.ladder.choose(GPUMode.CPU, walk.now_ms) == (StartBase(Rung.CANVAS, Reason.CHOSEN),)
    assert walk.ladder.rung is Rung.NEURAL_WASM


def test_ladder_takes_its_suggestion_back_when_the_model_for_it_goes() -> None:
    walk = running(model=True)
    walk.fps(8.0, 2 * SLOW_MS)
    assert walk.ladder.suggestion is not None
    assert walk.ladder.suggestion.rung is Rung.NEURAL_WASM

    given = walk.ladder.set_neural(frozenset({Rung.NEURAL_WEBGPU}), walk.now_ms)
    assert given == (Withdraw(),)
    assert walk.ladder.rung is Rung.NEURAL_WEBGPU


def climbs(walk: Walk, rung: Rung) -> float:
    """How long it takes until a rung is tried again while all runs well."""
    since_ms = walk.now_ms
    given = walk.fps(60.0, 10 * 60_000.0)
    assert given == (Start(rung, Reason.RECOVERED),)
    return walk.now_ms - since_ms


def test_ladder_waits_twice_as_long_each_time_when_a_climb_fails() -> None:
    walk = running()
    waits = []
    walk.ladder.failed(Reason.RUN_FAILED, walk.now_ms)
    for _ in range(MAX_FAILURES - 1):
        walk.started()
        waits.append(climbs(walk, Rung.WEBGPU))
        walk.ladder.failed(Reason.FIRST_RUN_FAILED, walk.now_ms)
        assert walk.ladder.rung is Rung.WEBGL, "back to where it ran"
    walk.started()

    assert [FIRST_HOLD_MS * 2**n <= wait for n, wait in enumerate(waits)] == [True, True]
    assert waits[0] < 2 * FIRST_HOLD_MS
    assert walk.fps(60.0, 60 * 60_000.0) == (), "three failures are enough"


def test_ladder_does_not_climb_when_frames_come_badly_or_just_so() -> None:
    walk = running()
    walk.ladder.failed(Reason.RUN_FAILED, walk.now_ms)
    walk.started()

    assert walk.fps(30.0, 10 * FIRST_HOLD_MS) == ()


def test_log_keeps_the_newest_when_there_is_more_than_it_holds() -> None:
    walk = running()
    for number in range(MAX_LOG):
        walk.ladder.choose((GPUMode.WEBGL, GPUMode.CPU)[number % 2], walk.now_ms + number)

    assert len(walk.ladder.log) == MAX_LOG
    assert walk.ladder.log[-1].time_ms == walk.now_ms + MAX_LOG - 1
    assert walk.ladder.log[0].reason is Reason.CHOSEN


# Whatever happens

Deed = Callable[[Ladder, float], Commands]

deeds: st.SearchStrategy[Deed] = st.one_of(
    st.just(Ladder.started),
    st.sampled_from([Reason.CREATION_FAILED, Reason.FIRST_RUN_FAILED, Reason.RUN_FAILED]).map(
        lambda reason: lambda ladder, now: ladder.failed(reason, now)
    ),
    st.sampled_from([Reason.DEVICE_LOST, Reason.CONTEXT_LOST]).map(
        lambda reason: lambda ladder, now: ladder.lost(reason, now)
    ),
    st.tuples(st.floats(0.0, 120.0), st.booleans()).map(
        lambda told: lambda ladder, now: ladder.observe(told[0], now, relief_left=told[1])
    ),
    st.just(Ladder.memory_short),
    st.just(Ladder.hidden),
    st.just(Ladder.shown),
    st.just(Ladder.accept),
    st.just(Ladder.dismiss),
    st.sampled_from([Ladder.base_failed, Ladder.base_lost]).map(
        lambda told: (
            lambda ladder, now: (
                told(ladder, Reason.RUN_FAILED, now) if ladder.rung.is_neural else ()
            )
        )
    ),
)
choices: st.SearchStrategy[Deed] = st.one_of(
    st.sampled_from(GPUMode).map(lambda mode: lambda ladder, now: ladder.choose(mode, now)),
    st.booleans().map(lambda plain: lambda ladder, now: ladder.set_plain(plain, now)),
    st.booleans().map(lambda wanted: lambda ladder, now: ladder.set_wanted(wanted, now)),
    st.booleans().map(lambda pictured: lambda ladder, now: ladder.set_pictured(pictured, now)),
    st.frozensets(st.sampled_from(sorted({*NEURAL, Rung.SERVER}, key=LADDER.index))).map(
        lambda ready: lambda ladder, now: ladder.set_neural(ready, now)
    ),
)
machines = st.builds(
    lambda gpu, gl, simd, software: Capabilities.from_probe(
        {
            "webgpu": GPU | {"software": software} if gpu else {},
            "webgl": GL | {"software": software} if gl else {},
            "wasmSimd": simd,
        }
    ),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
waits = st.sampled_from([0.0, 1.0, 400.0, LOOK_MS, GRACE_MS, DEADLINE_MS, 70_000.0, 600_000.0])


SOFTWARE = Capabilities.from_probe({"webgl": GL | {"software": True}})


def test_ladder_spares_a_software_gpu_when_a_plain_canvas_shows_all() -> None:
    ladder = Ladder(SOFTWARE, plain=True)
    assert ladder.begin(0.0) == (Start(Rung.CANVAS, Reason.BEGIN),)
    ladder.started(10.0)
    assert ladder.lack_of(Rung.WEBGL) == "software-only"
    assert ladder.is_spared
    assert ladder.set_plain(False, 20.0) == (Start(Rung.WEBGL, Reason.NEEDED),)
    assert not ladder.is_spared
    ladder.started(30.0)
    assert ladder.set_plain(True, 40.0) == (Start(Rung.CANVAS, Reason.NOT_NEEDED),)


@pytest.mark.parametrize("plain", [False, True])
def test_ladder_asks_for_no_canvas_when_there_is_a_real_gpu(plain: bool) -> None:
    ladder = Ladder(EVERYTHING, plain=plain)
    assert ladder.begin(0.0) == (Start(Rung.WEBGPU, Reason.BEGIN),)
    ladder.started(10.0)
    assert ladder.set_plain(not plain, 20.0) == ()


def test_ladder_keeps_to_a_software_gpu_when_the_person_pinned_it() -> None:
    ladder = Ladder(SOFTWARE, GPUMode.WEBGL, plain=True)
    assert ladder.begin(0.0) == (Start(Rung.WEBGL, Reason.BEGIN),)


def check(ladder: Ladder, machine: Capabilities, given: Commands, suggested: object) -> object:
    """The invariants after one step; gives what is suggested now."""
    assert ladder.rung in OWN_RUNGS[ladder.mode] + REFUGES[ladder.mode]
    assert machine.lack_of(ladder.rung) is None
    assert ladder.lack_of(ladder.rung) is None
    assert ladder.base in OWN_RUNGS[ladder.mode] + REFUGES[ladder.mode]
    assert not ladder.base.is_neural
    assert ladder.rung.is_neural or ladder.base is ladder.rung
    assert len([one for one in given if isinstance(one, Start)]) <= 1
    for one in given:
        if isinstance(one, Suggest):
            assert suggested is None
            assert ladder.rung.is_above(one.rung)
            assert one.rung in OWN_RUNGS[ladder.mode]
            suggested = one
        elif isinstance(one, Withdraw):
            assert suggested is not None
            suggested = None
        elif isinstance(one, StartBase):
            assert one.rung is ladder.base
            assert ladder.rung.is_neural
        else:
            assert one.rung is ladder.rung
            assert ladder.is_starting
            assert suggested is None
    assert ladder.suggestion == suggested
    assert (ladder.state is LadderState.SUGGESTING) == (suggested is not None)
    return suggested


@settings(max_examples=300, deadline=None)
@given(
    machine=machines,
    mode=st.sampled_from(GPUMode),
    model=st.booleans(),
    steps=st.lists(st.tuples(waits, st.one_of(deeds, choices)), max_size=60),
)
def test_ladder_keeps_its_promises_whatever_happens(
    machine: Capabilities, mode: GPUMode, model: bool, steps: list[tuple[float, Deed]]
) -> None:
    ladder = Ladder(machine, mode, NEURAL if model else frozenset())
    now_ms = 0.0
    suggested = check(ladder, machine, ladder.begin(now_ms), None)
    for wait_ms, deed in steps:
        now_ms += wait_ms
        suggested = check(ladder, machine, ladder.tick(now_ms), suggested)
        suggested = check(ladder, machine, deed(ladder, now_ms), suggested)
    assert len(ladder.log) <= MAX_LOG


@settings(max_examples=300, deadline=None)
@given(
    machine=machines,
    steps=st.lists(st.tuples(waits, deeds), max_size=120),
)
def test_ladder_comes_back_to_a_rung_no_faster_than_its_hold_whatever_happens(
    machine: Capabilities, steps: list[tuple[float, Deed]]
) -> None:
    ladder = Ladder(machine, neural=NEURAL)
    now_ms, left_ms = 0.0, dict.fromkeys(LADDER, float("-inf"))
    ladder.begin(now_ms)

    def follow(before: Rung) -> None:
        if ladder.rung is before:
            return
        if before.is_above(ladder.rung):
            left_ms[before] = now_ms
        if ladder.rung is not Rung.STILL:
            assert now_ms - left_ms[ladder.rung] >= FIRST_HOLD_MS

    for wait_ms, deed in steps:
        now_ms += wait_ms
        before = ladder.rung
        ladder.tick(now_ms)
        follow(before)
        before = ladder.rung
        deed(ladder, now_ms)
        follow(before)


def test_ladder_draws_by_a_server_while_it_is_offered_and_says_why_it_went() -> None:
    walk = running(NOTHING)
    served = frozenset({Rung.SERVER})
    assert walk.ladder.lack_of(Rung.SERVER) == SERVER_MISSING

    def tell(ready: frozenset[Rung], reason: Reason, detail: str = "") -> Commands:
        return walk.ladder.set_neural(ready, walk.now_ms, come=reason, gone=reason, detail=detail)

    assert tell(served, Reason.SERVER_READY) == (Start(Rung.SERVER, Reason.SERVER_READY),)
    walk.started()
    assert walk.ladder.base is Rung.CANVAS
    assert tell(frozenset(), Reason.SERVER_LOST, "render-busy") == (
        Start(Rung.CANVAS, Reason.SERVER_LOST),
    )
    newest = walk.ladder.log[-1]
    assert (newest.left, newest.reason, newest.detail) == (
        Rung.SERVER,
        Reason.SERVER_LOST,
        "render-busy",
    )
    walk.started()
    # A server that is there again is tried at once, however often it was lost.
    for _ in range(2 * MAX_FAILURES):
        assert tell(served, Reason.SERVER_READY) == (Start(Rung.SERVER, Reason.SERVER_READY),)
        walk.ladder.failed(Reason.CREATION_FAILED, walk.now_ms)
        tell(frozenset(), Reason.SERVER_LOST)
        walk.started()


@pytest.mark.parametrize("mode", [mode for mode in GPUMode if mode is not GPUMode.AUTO])
def test_ladder_asks_no_server_when_another_way_was_chosen(mode: GPUMode) -> None:
    walk = running(EVERYTHING, mode)
    assert walk.ladder.set_neural(frozenset({Rung.SERVER}), walk.now_ms) == ()
