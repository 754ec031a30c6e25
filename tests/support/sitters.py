"""People who sit before the wizard's camera, frame by frame."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from persona_core.base.arrays import Floats
from persona_core.face import blendshapes, landmarks, quaternion
from persona_core.face.face_frame import FacePlacement
from persona_core.portrait.making.face_light import FaceLight
from persona_core.portrait.support import supported
from persona_core.portrait.wizard.hindrances import Glimpse
from persona_core.portrait.wizard.machine import WizardCommand, WizardState
from persona_core.portrait.wizard.run import WizardRun
from persona_core.portrait.wizard.steps import PLANS, Step

WIDTH, HEIGHT = 640, 480
GOOD_LIGHT = FaceLight(0.55, 1.1, True, 0.0, 0.4)


def glimpse(
    time_ms: float,
    shapes: Floats | None = None,
    *,
    yaw: float = 0.0,
    pitch: float = 0.0,
    roll: float = 0.0,
    middle: tuple[float, float] = (WIDTH / 2, HEIGHT / 2),
    scale: float = 11.0,
    light: FaceLight | None = GOOD_LIGHT,
) -> Glimpse:
    """A face seen; ``scale`` in pixels a centimetre, the canonical face is 16 cm high."""
    rotation = quaternion.from_yaw_pitch_roll(yaw, pitch, roll)
    placement = FacePlacement(scale, matrix(rotation), np.array([*middle, 0.0]))
    values = np.zeros(blendshapes.COUNT, np.float32) if shapes is None else shapes
    moved = np.tensordot(values, supported().shapes, axes=1)
    points = placement.to_image(landmarks.canonical_points() + moved)
    return Glimpse(time_ms, values, rotation, points, WIDTH, HEIGHT, light)


def matrix(rotation: Floats) -> np.ndarray:
    w, x, y, z = rotation.tolist()
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )


@dataclass
class Sitter:
    """Somebody who does what is asked, after a moment.

    Attributes:
        delay_ms: until they react.
        strength: how much of an expression they can do, by step; 1 where nothing is said.
        noise: of every blendshape, standard deviation.
        rest: (52,) what the tracker reads while they do nothing.
        yaw: of their camera, degrees.
        attempts: how many ms they keep at it before they let go for a second; None for ever.
    """

    delay_ms: float = 900.0
    strength: Mapping[Step, float] = field(default_factory=dict)
    noise: float = 0.02
    rest: Floats = field(default_factory=lambda: np.full(blendshapes.COUNT, 0.03, np.float32))
    yaw: float = 0.0
    attempts: float | None = None
    seed: int = 1

    def __post_init__(self) -> None:
        self._random = np.random.default_rng(self.seed)

    def look(self, step: Step, tried_ms: float, now_ms: float) -> Glimpse | None:
        plan = PLANS[step]
        way = min(max((tried_ms - self.delay_ms) / 300.0, 0.0), 1.0)
        if self.attempts is not None and (tried_ms % (self.attempts + 1_000.0)) > self.attempts:
            way = 0.0
        way *= self.strength.get(step, 1.0)
        shapes = self.rest + way * plan.example * (1.0 - self.rest)
        shapes = shapes + self._random.normal(0.0, self.noise, blendshapes.COUNT)
        turn = self.yaw + way * plan.turn * 1.3
        return glimpse(now_ms, shapes.clip(0.0, 1.0).astype(np.float32), yaw=turn)


Look = Callable[[Step, float, float], Glimpse | None]


@dataclass
class Sitting:
    """A wizard's run with somebody before the camera, played in steps of a frame.

    Attributes:
        frame_ms: between two sights of the tracker.
        reading_ms: that a picture takes to be looked at.
        verdict: the code by which a picture is refused; None for a good one.
    """

    look: Look
    frame_ms: float = 100.0
    reading_ms: float = 1_500.0
    verdict: Callable[[Step, int], str | None] = lambda _step, _count: None
    now_ms: float = 10_000.0

    def __post_init__(self) -> None:
        self.run = WizardRun()
        self.taken: list[Step] = []
        self.seen_states: list[WizardState] = [self.run.state]
        self.sounds = 0
        self.asked_for: list[Step] = []
        self.camera_open = False
        self.made = 0
        self.hints: list[str] = []
        self.silent = False
        self._begun_ms = 0.0
        self._reading: list[tuple[float, Step]] = []
        self._counts: dict[Step, int] = {}

    def start(self) -> Sitting:
        self.do(self.run.use_camera())
        return self

    def do(self, commands: tuple[WizardCommand, ...]) -> None:
        for command in commands:
            match command:
                case WizardCommand.OPEN_CAMERA:
                    self.camera_open = True
                    self.do(self.run.opened())
                case WizardCommand.CLOSE_CAMERA:
                    self.camera_open = False
                case WizardCommand.BEGIN_STEP:
                    assert self.camera_open
                    self.run.begin_step(self.now_ms)
                    self._begun_ms = self.now_ms
                    self.asked_for.append(self.run.step)
                case WizardCommand.CAPTURE:
                    self.taken.append(self.run.step)
                    self._reading.append((self.now_ms + self.reading_ms, self.run.step))
                    self.do(self.run.captured(self.now_ms))
                case WizardCommand.CONFIRM:
                    self.sounds += 1
                case WizardCommand.MAKE:
                    self.made += 1
                    self.do(self.run.made())
                case WizardCommand.SHOW | WizardCommand.FORGET:
                    pass
        if self.run.state is not self.seen_states[-1]:
            self.seen_states.append(self.run.state)

    def play(self, seconds: float) -> Sitting:
        """So much time goes by, or as much as it takes to the review."""
        end_ms = self.now_ms + 1000.0 * seconds
        while self.now_ms < end_ms and self.run.state is not WizardState.REVIEW:
            self.now_ms += self.frame_ms
            for due_ms, step in [each for each in self._reading if each[0] <= self.now_ms]:
                self._reading.remove((due_ms, step))
                count = self._counts[step] = self._counts.get(step, 0) + 1
                code = self.verdict(step, count)
                answer = self.run.read(step) if code is None else self.run.refused(step, code)
                self.do(answer)
            if self.camera_open and not self.silent:
                tried_ms = self.now_ms - self._begun_ms
                self.do(self.run.see(self.look(self.run.step, tried_ms, self.now_ms), self.now_ms))
            self.do(self.run.tick(self.now_ms))
            hint = self.run.watch.hindrance
            if hint is not None and (not self.hints or self.hints[-1] != hint):
                self.hints.append(str(hint))
        return self
