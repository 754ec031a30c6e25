"""``Graphics``: what all avatars of one page have in common.

They stand on one rung of one ladder, are drawn in one quality with the same effects, and are
measured together. While that rung is neural, whoever is not to be drawn by the model stands beside
it, on the ladder's base. :class:`~persona_web.view.avatar_view.AvatarView` is one of them.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from typing import Any, Final, Protocol

from persona_core.base.ports import Clock
from persona_core.graphics.capabilities import SOFTWARE_ONLY, Capabilities
from persona_core.graphics.effects import EffectSettings
from persona_core.graphics.ladder import Ladder
from persona_core.graphics.ladder_commands import (
    Commands,
    LadderEntry,
    Reason,
    Start,
    StartBase,
    Suggest,
)
from persona_core.graphics.modes import OWN_RUNGS, GPUMode, RenderQuality, Rung
from persona_core.graphics.monitor import PerformanceMonitor
from persona_core.graphics.quality import QualityControl, QualityStep
from persona_web.base.meter import Meter, RateMeter
from persona_web.view.graphics_choice import GraphicsChoice

SOFTWARE_HZ: Final = 20.0
"""Steps of a page a second where the CPU draws all of it: more than faces are read there."""
DISPLAY_HZ: Final = 60.0
"""Frames that a display is taken to show in a second."""
EARLY_MS: Final = 4.0
"""So much before it is due a picture is drawn, where not every frame is: frames come unevenly."""
OBSERVE_MS: Final = 500.0
"""How often the ladder hears the frame rate."""
PICTURE_FRAMES: Final = 2
"""Displayed frames that a picture painted by the CPU does for: ten pictures a second are borne, and
over twenty are well."""
STARVING_FPS: Final = 2.0
"""Under this there are too few frames for the quality to judge; it falls all the same."""
MAX_STEPS: Final = 64
"""Of rung and quality, the newest of which a report has."""
LET_GO: Final = frozenset(
    {Reason.NOT_NEEDED, Reason.MODEL_GONE, Reason.SERVER_LOST, Reason.SERVER_LEFT}
)
"""Reasons to leave a rung that say nothing of what this machine can do."""
MODEST: Final = frozenset({Reason.SLOW, Reason.RECOVERED})
"""Reasons to begin on a rung with few pixels: the machine has just been too slow, or was here."""


class Follower(Protocol):
    """An avatar on the page, following the page's rung."""

    @property
    def memory_bytes(self) -> int | None:
        """What it holds of the GPU's memory; None where it uses no GPU."""
        ...

    @property
    def is_plain(self) -> bool:
        """Whether a plain canvas shows all there is of it, effects aside."""
        ...

    @property
    def is_painted(self) -> bool:
        """Whether its pictures are painted by the CPU, beside the page."""
        ...

    @property
    def every(self) -> int:
        """Of how many pictures that are drawn of others it takes one."""
        ...

    @property
    def wants_model(self) -> bool:
        """Whether a model is to draw it, where one is loaded."""
        ...

    def enter(self, rung: Rung, turn: int) -> None:
        """Be drawn on ``rung`` as soon as can be; tell of it with this ``turn``."""
        ...

    def refresh(self) -> None:
        """Quality or effects are others now."""
        ...

    def lose(self) -> None:
        """Lose the context or device, as if the platform had taken it."""
        ...


class Graphics:
    """The drawing of one page."""

    def __init__(self, capabilities: Capabilities, choice: GraphicsChoice, clock: Clock) -> None:
        self.capabilities = capabilities
        self.monitor = PerformanceMonitor()
        self._choice = choice
        self._clock = clock
        self._ladder = Ladder(
            capabilities,
            choice.mode,
            plain=choice.effects.is_plain,
            wanted=False,
            pictured=False,
        )
        self._quality = QualityControl(pinned=choice.quality)
        self._followers: list[Follower] = []
        self._listeners: list[Callable[[], object]] = []
        self._turn_listeners: list[Callable[[], object]] = []
        self._visible = True
        self._endings: list[Callable[[], object]] = []
        self._turns = 0
        self._turn = 0
        self._base_turn = 0
        self._entered: dict[Follower, int] = {}
        self._frame_ms: float | None = None
        self._frames_a_step = 1 if capabilities.has_gpu else round(DISPLAY_HZ / SOFTWARE_HZ)
        self._drawn_ms = -math.inf
        self._draws = 0
        self._is_due = False
        self._render_ms = 0.0
        self._observed_ms: float | None = None
        self._frames = 0
        self._painted = 0.0
        self._pictures = 0
        self._starved = False
        self._steps: deque[tuple[float, Rung, RenderQuality]] = deque(maxlen=MAX_STEPS)
        self._by_model: frozenset[Rung] = frozenset()
        self._by_server: frozenset[Rung] = frozenset()
        self._painting = Meter()
        self._picture_rate = RateMeter()

    # What it is

    @property
    def mode(self) -> GPUMode:
        return self._ladder.mode

    @property
    def rung(self) -> Rung:
        """The rung that is running or being started."""
        return self._ladder.rung

    @property
    def most_hz(self) -> float:
        """Steps of the page a second at most."""
        return math.inf if self.capabilities.has_gpu else SOFTWARE_HZ

    @property
    def is_model_wanted(self) -> bool:
        """Whether there is anybody whom a model is to draw, in a mode that draws with models."""
        allowed = any(rung.is_neural for rung in OWN_RUNGS[self.mode])
        return allowed and self._wants_model

    @property
    def has_surface(self) -> bool:
        """Whether the rung draws with a graphics API, so that effects can be seen. What wasm
        computes goes through WebGL where there is WebGL, what a server computes where there is a
        card: who asks a server has no time for more."""
        if self.rung is Rung.NEURAL_WASM:
            return self.capabilities.lack_of(Rung.WEBGL) is None
        if self.rung is Rung.SERVER:
            return self.capabilities.has_card
        return self.rung.api != "2d"

    @property
    def takes_effects(self) -> bool:
        """Whether an effect can be seen here: at once, or as soon as one is chosen."""
        return self.has_surface or self._ladder.is_spared

    @property
    def is_starting(self) -> bool:
        """Whether nothing has been drawn on the rung yet."""
        return self._ladder.is_starting

    @property
    def reason(self) -> str | None:
        """Why it is drawn on this rung and no better one, as a reason code
        (``gpu.reason.<code>``); None where the mode has no better one to offer."""
        mine = (rung for rung in OWN_RUNGS[self.mode] if not rung.is_neural)
        best = next(mine, self.rung)
        if not best.is_above(self.rung):
            return None
        lack = self.capabilities.lack_of(best)
        if self._ladder.is_spared:
            return SOFTWARE_ONLY
        for entry in reversed(self.log):
            if entry.reason is Reason.CHOSEN:
                break
            if entry.left is None or not entry.left.is_above(entry.entered):
                continue
            # A step down from here was taken back since; what was let go needs no excuse.
            if entry.left.is_above(self.rung) and entry.reason not in LET_GO:
                return str(entry.reason.value)
        return lack or Reason.CHOSEN.value

    @property
    def suggestion(self) -> Suggest | None:
        """The lower rung that is being suggested, until when."""
        return self._ladder.suggestion

    @property
    def quality(self) -> RenderQuality:
        """What is drawn with now."""
        return self._quality.quality

    @property
    def quality_step(self) -> QualityStep:
        """What that stands for."""
        return self._quality.step

    @property
    def has_fallen(self) -> bool:
        """Whether the machine was too slow for the quality that pages begin with."""
        return self._quality.has_fallen

    @property
    def pinned(self) -> RenderQuality | None:
        """The quality that the person wants; None follows the machine."""
        return self._quality.pinned

    @property
    def chosen_effects(self) -> EffectSettings:
        """The person's, as finely computed as the quality allows."""
        return self._choice.effects.with_taps(self._quality.step.taps)

    @property
    def shows_effects(self) -> bool:
        """Whether the quality leaves time for effects, where any are chosen."""
        return self._quality.step.has_effects or self._choice.effects.is_plain

    @property
    def effects(self) -> EffectSettings:
        """Those that are seen: none where the quality has let them go."""
        if self.shows_effects:
            return self.chosen_effects
        taps, cutout = self._quality.step.taps, self._choice.effects.cutout
        return EffectSettings(taps=taps, cutout=cutout)

    @property
    def log(self) -> tuple[LadderEntry, ...]:
        """How the rung came about, the oldest first."""
        return self._ladder.log

    @property
    def memory_bytes(self) -> int | None:
        """What all avatars hold of the GPU's memory; None where none of them uses it."""
        held = [follower.memory_bytes for follower in self._followers]
        known = [size for size in held if size is not None]
        return sum(known) if known else None

    def report(self) -> dict[str, Any]:
        """Plain data for bug reports."""
        return {
            "mode": self.mode.value,
            "rung": self.rung.value,
            "starting": self.is_starting,
            "reason": self.reason,
            "quality": self.quality.value,
            "pinned": self.pinned is not None,
            "effects": self.chosen_effects.to_dict(),
            "effects_seen": self.shows_effects,
            "steps": [
                {"time_ms": round(time_ms), "rung": rung.value, "quality": quality.value}
                for time_ms, rung, quality in self._steps
            ],
            "painted": {
                "fps": round(self._picture_rate.rate(self._clock.now_ms()), 1),
                "ms": round(self._painting.median, 1),
            },
            "metrics": self.monitor.snapshot(self._clock.now_ms()).to_dict(),
            "log": [entry.to_dict() for entry in self.log],
            "capabilities": self.capabilities.to_dict(),
        }

    # What the person wants

    def on_change(self, listener: Callable[[], object]) -> None:
        """Calls ``listener`` when anything of the above is another than before, measurements
        excepted."""
        self._listeners.append(listener)

    def on_turn(self, listener: Callable[[], object]) -> None:
        """Calls ``listener`` when all are about to be drawn in another way."""
        self._turn_listeners.append(listener)

    def choose_mode(self, mode: GPUMode) -> None:
        """Draws with what ``mode`` allows, now and the next time."""
        self._choice.choose_mode(mode)
        self._carry_out(self._ladder.choose(mode, self._clock.now_ms()))

    def pin_quality(self, quality: RenderQuality | None) -> None:
        """Keeps a quality whatever it costs, now and the next time; None follows the machine."""
        self._choice.pin_quality(quality)
        self._quality.pin(quality)
        self._refresh()

    def set_effects(self, effects: EffectSettings) -> None:
        """Shows avatars so, now and the next time."""
        self._choice.choose_effects(effects)
        self._refresh()
        self.weigh()

    def accept(self) -> None:
        """Takes the suggestion."""
        self._carry_out(self._ladder.accept(self._clock.now_ms()))

    def dismiss(self) -> None:
        """Wants things to stay as they are."""
        self._carry_out(self._ladder.dismiss(self._clock.now_ms()))

    # What happens

    def set_neural(self, ready: frozenset[Rung]) -> None:
        """Which neural rungs a loaded model serves from now on."""
        self._by_model = ready
        now_ms = self._clock.now_ms()
        self._carry_out(self._ladder.set_neural(ready | self._by_server, now_ms))

    def set_served(self, served: bool, reason: Reason, detail: str = "") -> None:
        """Whether a render server may be asked for pictures from now on.

        Args:
            reason: why it may be, or may not be any more.
            detail: what was said of that, for the log.
        """
        self._by_server = frozenset({Rung.SERVER} if served else ())
        ready, now_ms = self._by_model | self._by_server, self._clock.now_ms()
        self._carry_out(
            self._ladder.set_neural(ready, now_ms, gone=reason, come=reason, detail=detail)
        )

    def memory_short(self) -> None:
        """The platform could not give the memory that was asked for."""
        self._carry_out(self._ladder.memory_short(self._clock.now_ms()))

    @property
    def is_visible(self) -> bool:
        return self._visible

    def set_visible(self, visible: bool) -> None:
        """The page was shown or hidden, or was hidden from the beginning."""
        if visible is self._visible:
            return
        self._visible = visible
        if self._turn == 0:
            return
        now_ms = self._clock.now_ms()
        self._observed_ms = None
        self._carry_out((self._ladder.shown if visible else self._ladder.hidden)(now_ms))

    def set_idle(self, idle: bool) -> None:
        """No frames come while the page is idle: they are not missed."""
        if idle:
            self._frame_ms = self._observed_ms = None

    def lose(self) -> None:
        """Loses contexts and devices for real: for laboratories and tests."""
        for follower in self._followers:
            follower.lose()

    # What the followers tell

    def join(self, follower: Follower) -> None:
        """Draws one more avatar from now on."""
        self._followers.append(follower)
        self.weigh()
        if self._turn == 0:
            now_ms = self._clock.now_ms()
            self._carry_out(self._ladder.begin(now_ms))
            if not self._visible:
                self._carry_out(self._ladder.hidden(now_ms))

    def leave(self, follower: Follower) -> None:
        """This avatar is gone."""
        if follower in self._followers:
            self._followers.remove(follower)
            self._entered.pop(follower, None)
            self.weigh()

    def weigh(self) -> None:
        """A follower may need more, or less, than before; or another is to be drawn by the
        model."""
        drawn = all(each.is_plain for each in self._followers)
        self._carry_out(self._ladder.set_pictured(not drawn, self._clock.now_ms()))
        self._carry_out(self._ladder.set_plain(self._choice.effects.is_plain, self._clock.now_ms()))
        self._carry_out(self._ladder.set_wanted(self._wants_model, self._clock.now_ms()))
        self._place()

    def step(self, now_ms: float) -> None:
        """A frame begins; the first follower of each to say so is heard."""
        if now_ms == self._frame_ms:
            return
        if self._frame_ms is not None:
            self.monitor.frame(self._frame_ms, self._render_ms)
        self._frame_ms, self._render_ms = now_ms, 0.0
        # All are drawn in the same frames: the browser puts the whole page together for each.
        self._is_due = now_ms - self._drawn_ms >= 1000.0 / self.quality_step.draw_hz - EARLY_MS
        if self._is_due:
            self._drawn_ms = now_ms
            self._draws += 1
        if self._painted_count == 0 and self._quality.frame(now_ms, self._frames_a_step):
            self._refresh()
        self._observe(now_ms)
        self._carry_out(self._ladder.tick(now_ms))

    def is_due(self, follower: Follower) -> bool:
        """Whether a follower is to be drawn in this frame."""
        return self._is_due and self._draws % follower.every == 0

    @property
    def drew_all(self) -> bool:
        """Whether all followers were drawn in this frame, so that all canvases can be read."""
        return all(self.is_due(follower) for follower in self._followers)

    def drew(self, render_ms: float) -> None:
        """A follower drew its part of the frame."""
        self._render_ms += render_ms

    def painted(self, ms: float) -> None:
        """The CPU has painted a follower's picture, which took it so long."""
        self._painting.add(ms)
        self._picture_rate.tick(self._clock.now_ms())
        self.kept()

    def kept(self) -> None:
        """A follower's painted picture did for another one, which would have looked the same."""
        wanted = self._painted_count
        if not wanted:
            return
        # Of who takes every second picture only, one does for two.
        pictures, self._painted = divmod(self._painted + 1.0, wanted)
        self._pictures += int(pictures)
        frames = int(pictures) * max(PICTURE_FRAMES, self._frames_a_step)
        if frames and self._quality.frame(self._clock.now_ms(), frames):
            self._refresh()

    def started(self, turn: int) -> None:
        """A follower drew its first frame on the rung."""
        if turn == self._turn and self.is_starting:
            self._carry_out(self._ladder.started(self._clock.now_ms()))
            self._tell()

    def failed(self, turn: int, reason: Reason, detail: str) -> None:
        """A follower could not be drawn on the rung."""
        if turn == self._turn:
            self._carry_out(self._ladder.failed(reason, self._clock.now_ms(), detail))
        elif turn == self._base_turn:
            self._carry_out(self._ladder.base_failed(reason, self._clock.now_ms(), detail))

    def changed(self) -> None:
        """A follower is seen otherwise than before: as a portrait, say."""
        self._tell()

    def lost(self, turn: int, reason: Reason, detail: str) -> None:
        """The platform took a follower's rung away. Those who share a device lose it together:
        the first of them is heard."""
        if turn == self._turn:
            self._carry_out(self._ladder.lost(reason, self._clock.now_ms(), detail))
        elif turn == self._base_turn:
            self._carry_out(self._ladder.base_lost(reason, self._clock.now_ms(), detail))

    def on_close(self, deed: Callable[[], object]) -> None:
        """Does ``deed`` when the graphics are closed."""
        self._endings.append(deed)

    def close(self) -> None:
        """Listens to nothing any more; the stages are closed by whoever made them."""
        while self._endings:
            self._endings.pop()()
        self._listeners.clear()
        self._turn_listeners.clear()

    def _observe(self, now_ms: float) -> None:
        self._frames += 1
        if self._observed_ms is None:
            self._observed_ms, self._frames, self._pictures = now_ms, 0, 0
            return
        elapsed_ms = now_ms - self._observed_ms
        if elapsed_ms < OBSERVE_MS:
            return
        frames = self._frames * self._frames_a_step
        if self._painted_count:
            frames = min(frames, PICTURE_FRAMES * self._pictures)
        fps = frames * 1000.0 / elapsed_ms
        self._observed_ms, self._frames, self._pictures = now_ms, 0, 0
        starved, self._starved = self._starved, fps < STARVING_FPS and not self.is_starting
        if starved and self._starved and self._quality.starve(now_ms):
            self._refresh()
        relief_left = self._quality.relief_left(now_ms)
        self._carry_out(self._ladder.observe(fps, now_ms, relief_left=relief_left))
        self.monitor.gpu_memory(self.memory_bytes)

    def _carry_out(self, commands: Commands) -> None:
        for command in commands:
            if isinstance(command, Start):
                self._turn = self._base_turn = self._next_turn()
                if command.rung.is_neural:
                    self._base_turn = self._next_turn()
                self._quality.restart(
                    RenderQuality.PLAIN if command.rung.is_neural else RenderQuality.SPARING,
                    modest=command.reason in MODEST,
                )
                self._painted, self._observed_ms = 0.0, None
                self._note_step()
                self._place()
            elif isinstance(command, StartBase):
                self._base_turn = self._next_turn()
                self._place()
        if commands:
            self._tell()

    @property
    def _painted_count(self) -> float:
        """Pictures that the CPU paints for one of everybody."""
        return sum(1.0 / follower.every for follower in self._followers if follower.is_painted)

    @property
    def _wants_model(self) -> bool:
        return any(follower.wants_model for follower in self._followers)

    def _next_turn(self) -> int:
        self._turns += 1
        for listener in self._turn_listeners:
            listener()
        return self._turns

    def _place(self) -> None:
        """Sends every follower to its rung, unless it was sent there before."""
        if self._turn == 0:
            return
        for follower in tuple(self._followers):
            by_model = self.rung.is_neural and follower.wants_model
            turn = self._turn if by_model else self._base_turn
            if self._entered.get(follower) != turn:
                self._entered[follower] = turn
                follower.enter(self.rung if by_model else self._ladder.base, turn)

    def _note_step(self) -> None:
        step = (self.rung, self.quality)
        if not self._steps or self._steps[-1][1:] != step:
            self._steps.append((self._clock.now_ms(), *step))

    def _refresh(self) -> None:
        self._note_step()
        for follower in self._followers:
            follower.refresh()
        self._tell()

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()
