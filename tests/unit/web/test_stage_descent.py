"""A machine that is too slow, simulated: what gives way, in which order, and how it comes back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.unit.web.stage_parts import Theatre, settle

from persona_core.face.params import FaceParams
from persona_core.graphics.capabilities import Capabilities
from persona_core.graphics.effects import EffectSettings, EffectStyle
from persona_core.graphics.modes import GPUMode, RenderQuality, Rung
from persona_core.graphics.quality import STEPS, QualityStep
from persona_web.view.raster_avatar import MOST_HZ
from persona_web.view.seen import Seen

DISPLAY_HZ = 60.0
PORTRAIT: Any = object()
WEBGL = Capabilities.from_probe({"webgl": {"context": True}, "wasmSimd": True})
SOFTWARE = Capabilities.from_probe({"webgl": {"context": True, "software": True}})
Q = RenderQuality


@dataclass
class Machine:
    """Attributes:
    drawing_ms: what the page's thread takes to draw one frame.
    painting_ms: what the worker takes for a picture.
    """

    drawing_ms: Callable[[Rung, QualityStep], float]
    painting_ms: Callable[[QualityStep], float] = lambda _step: 5.0


@dataclass
class Run:
    """A page with one portrait on a machine, and every change of what is seen of it."""

    machine: Machine
    theatre: Theatre = field(default_factory=lambda: Theatre(WEBGL))
    asked: int = 0
    steps: list[tuple[Rung, RenderQuality, bool]] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.stage = self.theatre.stage()
        self.stage.conceal()
        self._free_ms = self._asked_ms = 0.0
        self._painting = False

    async def play(self, seconds: float) -> None:
        """Frames as they come on this machine."""
        graphics, clock = self.theatre.graphics, self.theatre.clock
        end_ms = clock.now + 1000.0 * seconds
        drawn = -1
        while clock.now < end_ms:
            before = len(self._drawn())
            self.stage.draw(FaceParams(0.0), clock.now)
            drawn = len(self._drawn()) - before
            step = graphics.quality_step
            cost = self.machine.drawing_ms(graphics.rung, step) if drawn > 0 else 0.0
            clock.now += max(1000.0 / min(DISPLAY_HZ, graphics.most_hz), cost)
            self._paint(step)
            self._note()
            if graphics.is_starting or len(self.steps) != self._settled:
                self._settled = len(self.steps)
                await settle()

    _settled = -1

    def _drawn(self) -> list[float]:
        return [at for one in self.theatre.renderers for at in one.drawn]

    def _paint(self, step: QualityStep) -> None:
        now_ms = self.theatre.clock.now
        if not self.stage.is_painted:
            self._painting = False
            return
        if self._painting and now_ms >= self._free_ms:
            self._painting = False
            self.theatre.graphics.painted(self.machine.painting_ms(step))
        if not self._painting and now_ms - self._asked_ms >= 1000.0 / MOST_HZ - 4.0:
            self._painting, self._asked_ms = True, now_ms
            self.asked += 1
            self._free_ms = now_ms + self.machine.painting_ms(step)

    def _note(self) -> None:
        graphics = self.theatre.graphics
        step = (graphics.rung, graphics.quality, graphics.shows_effects)
        if not self.steps or self.steps[-1] != step:
            self.steps.append(step)
        if self.stage.seen is not None and (not self.seen or self.seen[-1] is not self.stage.seen):
            self.seen.append(self.stage.seen)

    @property
    def rungs(self) -> list[Rung]:
        """Each rung that was stood on, in order."""
        rungs = [rung for rung, _quality, _effects in self.steps]
        return [one for at, one in enumerate(rungs) if at == 0 or rungs[at - 1] is not one]


async def worn(
    machine: Machine,
    effects: EffectSettings | None = None,
    capabilities: Capabilities = WEBGL,
) -> Run:
    run = Run(machine, Theatre(capabilities))
    if effects is not None:
        run.theatre.graphics.set_effects(effects)
    await run.play(0.2)
    run.stage.set_portrait(PORTRAIT)
    await settle()
    return run


async def test_pixels_then_effects_then_pictures_then_the_kind_give_way_when_all_is_slow() -> None:
    machine = Machine(lambda rung, _step: 400.0 if rung is Rung.WEBGL else 2.0, lambda _step: 300.0)
    run = await worn(machine, EffectSettings(EffectStyle.CARTOON))
    await run.play(60.0)

    assert run.rungs == [Rung.WEBGL, Rung.CANVAS, Rung.STILL]
    webgl = [quality for rung, quality, _effects in run.steps if rung is Rung.WEBGL]
    assert webgl == [Q.HIGH, Q.MEDIUM, Q.LOW, Q.PLAIN, Q.SPARING]
    assert [effects for rung, _q, effects in run.steps if rung is Rung.WEBGL] == [
        *(True, True, True, False, False)
    ]
    canvas = [quality for rung, quality, _effects in run.steps if rung is Rung.CANVAS]
    assert canvas == [Q.LOW, Q.PLAIN, Q.SPARING]
    assert run.seen == [Seen.SILHOUETTE, Seen.PORTRAIT, Seen.STILL]
    told = run.theatre.graphics.report()["steps"]
    assert [(one["rung"], one["quality"]) for one in told if one["rung"] != "still"] == [
        *(("webgl", quality.value) for quality in webgl),
        *(("canvas", quality.value) for quality in canvas),
    ]


async def test_portrait_stays_on_the_canvas_when_its_processor_keeps_up() -> None:
    machine = Machine(lambda rung, _step: 400.0 if rung is Rung.WEBGL else 2.0)
    run = await worn(machine)
    await run.play(45.0)

    assert run.rungs == [Rung.WEBGL, Rung.CANVAS]
    assert run.seen == [Seen.SILHOUETTE, Seen.PORTRAIT]
    assert run.theatre.graphics.report()["painted"]["fps"] >= 25.0


async def test_cpu_paints_portraits_twenty_times_a_second_when_it_would_play_the_gpu() -> None:
    run = await worn(Machine(lambda _rung, _step: 2.0), capabilities=SOFTWARE)
    await run.play(20.0)
    before = run.asked
    await run.play(10.0)

    assert run.rungs == [Rung.CANVAS]
    assert run.theatre.graphics.most_hz == 20.0
    assert run.asked - before == pytest.approx(200, abs=2)
    assert run.theatre.graphics.quality is Q.ULTRA, "twenty are all that is asked for, and well"
    assert Seen.DRAWN not in run.seen


async def test_small_view_is_not_too_slow_when_every_second_picture_of_it_is_painted() -> None:
    theatre = Theatre(SOFTWARE)
    large, small = theatre.stage(), theatre.stage()
    small.every = 2
    small.set_portrait(PORTRAIT)
    for step in range(600):
        for stage in (large, small):
            stage.draw(FaceParams(0.0), theatre.clock.now)
        if small.is_painted and step % 2:
            theatre.graphics.painted(5.0)
        theatre.clock.now += 50.0
        if step < 10:
            await settle()
    assert small.is_painted
    assert theatre.graphics.suggestion is None
    assert theatre.graphics.rung is Rung.CANVAS
    assert theatre.graphics.quality is Q.ULTRA


async def test_effects_are_drawn_by_a_software_gpu_when_they_are_chosen() -> None:
    run = await worn(Machine(lambda _rung, _step: 2.0), capabilities=SOFTWARE)
    await run.play(1.0)
    run.theatre.graphics.set_effects(EffectSettings(EffectStyle.CARTOON))
    await run.play(1.0)
    assert run.theatre.graphics.rung is Rung.WEBGL
    run.theatre.graphics.set_effects(EffectSettings())
    await run.play(1.0)
    assert run.theatre.graphics.rung is Rung.CANVAS


@pytest.mark.parametrize(
    ("enough", "quality"),
    [
        (lambda step: step.ratio(2.0) <= 0.75 * 1.5, Q.MEDIUM),
        (lambda step: not step.has_effects, Q.PLAIN),
        (lambda step: step.draw_hz < 60.0, Q.SPARING),
    ],
    ids=["pixels", "effects", "pictures"],
)
async def test_no_more_gives_way_than_is_needed(
    enough: Callable[[QualityStep], bool], quality: RenderQuality
) -> None:
    """A machine that keeps up once something certain has been let go."""

    def drawing_ms(rung: Rung, step: QualityStep) -> float:
        if rung is not Rung.WEBGL or enough(step):
            return 36.0 if step.draw_hz < 60.0 else 20.0
        return 150.0

    run = await worn(Machine(drawing_ms), EffectSettings(EffectStyle.CARTOON))
    await run.play(30.0)
    assert run.rungs == [Rung.WEBGL]
    assert run.theatre.graphics.quality is quality
    assert set(run.seen) == {Seen.SILHOUETTE, Seen.PORTRAIT}


async def test_fewer_pictures_are_drawn_when_nothing_else_is_left_to_give() -> None:
    run = await worn(Machine(lambda _rung, _step: 2.0))
    await run.play(2.0)
    run.theatre.graphics.pin_quality(Q.SPARING)
    renderer = run.theatre.on(Rung.WEBGL)
    before = len(renderer.drawn)
    await run.play(4.0)
    most = STEPS[Q.SPARING].draw_hz
    assert len(renderer.drawn) - before == pytest.approx(4.0 * most, rel=0.1)


async def test_painted_portrait_gets_fewer_pixels_until_its_pictures_come_well() -> None:
    def painting_ms(step: QualityStep) -> float:
        return step.raster_side**2 / 1000.0  # 102 ms at 320 pixels a side

    run = await worn(Machine(lambda _rung, _step: 2.0, painting_ms))
    run.theatre.graphics.choose_mode(GPUMode.CPU)
    await run.play(20.0)
    assert run.theatre.graphics.rung is Rung.CANVAS
    qualities = [quality for rung, quality, _e in run.steps if rung is Rung.CANVAS]
    assert qualities[0] is Q.HIGH
    assert qualities[-1] in (Q.PLAIN, Q.SPARING, Q.LOW)
    assert run.theatre.graphics.report()["painted"]["fps"] >= 10.0
    assert Seen.STILL not in run.seen


async def test_portrait_comes_back_step_by_step_when_the_machine_has_recovered() -> None:
    busy = True
    machine = Machine(
        lambda rung, _step: 400.0 if busy and rung is Rung.WEBGL else 2.0,
        lambda _step: 300.0 if busy else 5.0,
    )
    run = await worn(machine)
    await run.play(60.0)
    assert run.theatre.graphics.rung is Rung.STILL
    busy = False
    await run.play(240.0)

    assert run.rungs == [Rung.WEBGL, Rung.CANVAS, Rung.STILL, Rung.CANVAS, Rung.WEBGL]
    assert run.theatre.graphics.quality in (Q.HIGH, Q.ULTRA)
    assert Seen.DRAWN not in run.seen
    assert run.seen[-1] is Seen.PORTRAIT


async def test_nets_are_let_go_before_fewer_pictures_are_drawn() -> None:
    machine = Machine(lambda rung, _step: 400.0 if rung.is_neural else 20.0)
    run = await worn(machine)
    await run.play(1.0)
    run.theatre.graphics.set_neural(frozenset({Rung.NEURAL_WASM}))
    await run.play(40.0)
    assert run.rungs == [Rung.WEBGL, Rung.NEURAL_WASM, Rung.WEBGL]
    neural = [quality for rung, quality, _e in run.steps if rung.is_neural]
    assert Q.SPARING not in neural
    assert neural[-1] is Q.PLAIN


async def test_worker_that_paints_nothing_at_all_is_left_for_the_still() -> None:
    run = await worn(Machine(lambda _rung, _step: 2.0, lambda _step: 1e9))
    run.theatre.graphics.choose_mode(GPUMode.CPU)
    await run.play(40.0)
    assert run.theatre.graphics.rung is Rung.STILL
    assert Seen.DRAWN not in run.seen
