"""The wizard's panel with the camera: what is asked for, how near it is, and the ring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from persona_core.face import quaternion
from persona_core.face.blend import smoothstep
from persona_core.face.params import FaceParams
from persona_core.portrait.wizard.hindrances import Hindrance
from persona_core.portrait.wizard.machine import WizardState
from persona_core.portrait.wizard.run import WizardRun
from persona_core.portrait.wizard.steps import PLANS, STEPS, Step
from persona_web.ui.look.wizard_speech import Speech

if TYPE_CHECKING:
    from persona_web.bridge.page import Element, Page, Strings
    from persona_web.view.avatar import Avatar

NEAR_SHARE: Final = 0.45
"""Of what is asked for: from here on the person is told that a little more is wanted."""
SHOWN_AFTER_MS: Final = 350.0
"""How long something has to be in the way before it is told: trackers stumble for a frame."""
CYCLE_MS: Final = 2_800.0
"""The example shows its expression and rests, over and over."""
TALK_MS: Final = 450.0
"""Of each of the two sounds that the example makes while the person is to talk."""
EXAMPLE_TURN: Final = 1.6
"""How much further than asked the example turns its head, to be understood."""


def example(step: Step, share: float) -> FaceParams:
    """The face that shows what a step asks for, as in a mirror, so much of it."""
    plan = PLANS[step]
    turn = quaternion.from_yaw_pitch_roll(EXAMPLE_TURN * plan.turn * share, 0.0, 0.0)
    return FaceParams(0.0, blendshapes=plan.example * share, rotation=turn).mirrored()


def example_share(now_ms: float) -> float:
    """How much of the expression the example shows at a time, in [0, 1]."""
    way = (now_ms % CYCLE_MS) / CYCLE_MS
    return smoothstep(min(1.0, 4.0 * way, 5.0 * (1.0 - way)))


_REASONS: Final = frozenset(
    {
        *("photo-several-faces", "photo-no-face", "photo-cut-off", "photo-tiny-face"),
        *("photo-profile", "photo-too-dark", "wizard-missed", "wizard-moved", "set-other-person"),
    }
)


def reason(code: str) -> str:
    """The key of why a picture that the camera took is of no use, by an error's code. The
    sentences of ``error.<code>`` speak of photos that somebody chose."""
    return f"wizard.why.{code if code in _REASONS else 'other'}"


class WizardCamera:
    """``#wizard-camera`` and what is in it.

    Args:
        face: draws the example.
        speech: says what is shown.
    """

    def __init__(self, page: Page, strings: Strings, face: Avatar, speech: Speech) -> None:
        self._strings = strings
        self._face = face
        self._speech = speech
        self._is_still = page.prefers_stillness
        self._count = page.element("wizard-count")
        self.heading = page.element("wizard-step")
        self._ask = page.element("wizard-ask")
        self._hint = page.element("wizard-hint")
        self._ring = page.element("wizard-ring")
        self._tick = page.element("wizard-tick")
        self._skip = page.element("wizard-skip")
        self._back = page.element("wizard-back")
        self._take = page.element("wizard-take")
        self._finish = page.element("wizard-finish")
        self._hinted: tuple[Hindrance | None, float] = None, 0.0
        self._dots: dict[Step, Element] = {}
        dots = page.element("wizard-dots")
        for step in STEPS:
            self._dots[step] = page.clone("wizard-dot")
            dots.append(self._dots[step])

    def begin(self, run: WizardRun) -> None:
        """A step begins: says what it is."""
        self._name(run)
        words = (self._count.text, self.heading.text, self._ask.text, self._once_more(run))
        self._speech.say(". ".join(word for word in words if word))

    def step(self, run: WizardRun, now_ms: float) -> None:
        """Once a displayed frame."""
        self._name(run)
        self._ring.set("stroke-dasharray", f"{100.0 * run.progress:.0f} 100")
        self._tick.hidden = run.state is not WizardState.TAKEN
        hindrance = self._settled(run.watch.hindrance, now_ms)
        hint = self._words(run, hindrance)
        self._hint.text = hint
        self._hint.set("data-kind", self._kind(run, hindrance))
        if run.state is WizardState.TAKEN:
            self._speech.say(hint)
        elif run.state is not WizardState.HOLDING:
            self._speech.hint(hint, now_ms)
        self._face.draw(example(run.step, 1.0 if self._is_still else example_share(now_ms)), now_ms)

    def record(self, seconds: int, over: float, faces: int, now_ms: float) -> None:
        """In place of a step: the person talks, for so many more seconds.

        Args:
            seconds: that are left.
            over: how much of the time is over, in [0, 1].
            faces: how many are seen.
            now_ms: display time.
        """
        text = self._strings.text
        self._count.text = ""
        self.heading.text = text("wizard.record")
        self._ask.text = text("wizard.record-ask")
        hindrance = {0: Hindrance.NO_FACE, 1: None}.get(faces, Hindrance.TWO_FACES)
        hindrance = self._settled(hindrance, now_ms)
        left = text("wizard.record-hint", seconds=seconds)
        self._hint.text = left if hindrance is None else text(f"wizard.hint.{hindrance}")
        self._hint.set("data-kind", "good" if hindrance is None else "hindered")
        self._tick.hidden = True
        self._ring.set("stroke-dasharray", f"{100.0 * over:.0f} 100")
        asked = f"{self.heading.text}. {self._ask.text}"
        self._speech.hint(asked if hindrance is None else self._hint.text, now_ms)
        talking = Step.AH if int(now_ms / TALK_MS) % 2 else Step.OO
        self._face.draw(example(talking, 0.0 if self._is_still else 0.6), now_ms)

    def _name(self, run: WizardRun) -> None:
        text, step = self._strings.text, run.step
        self._count.text = text("wizard.count", number=STEPS.index(step) + 1, all=len(STEPS))
        self.heading.text = text(f"wizard.step.{step}")
        self._ask.text = text(f"wizard.ask.{step}")
        self._skip.hidden = not run.may_skip
        self._back.hidden = step is STEPS[0]
        self._finish.hidden = not run.can_finish
        is_open = run.state is not WizardState.OPENING
        self._take.set("aria-disabled", "false" if is_open else "true")
        for each, dot in self._dots.items():
            dot.set("data-status", str(run.courses.status(each).value))
            dot.set("data-now", "true" if each is step else "false")

    def _settled(self, hindrance: Hindrance | None, now_ms: float) -> Hindrance | None:
        """What has been in the way for long enough to be told."""
        if hindrance is not self._hinted[0]:
            self._hinted = hindrance, now_ms
        return hindrance if now_ms - self._hinted[1] >= SHOWN_AFTER_MS else None

    def _words(self, run: WizardRun, hindrance: Hindrance | None) -> str:
        text = self._strings.text
        match run.state:
            case WizardState.OPENING:
                return text("wizard.opening")
            case WizardState.CAPTURING | WizardState.TAKEN:
                return text("wizard.taken")
            case WizardState.HOLDING:
                return text("wizard.hold")
        if hindrance is not None:
            return text(f"wizard.hint.{hindrance}")
        if run.watch.shown_share > NEAR_SHARE and run.step is not Step.STRAIGHT:
            return text("wizard.more")
        return self._once_more(run)

    def _once_more(self, run: WizardRun) -> str:
        """Why a step is asked for again; empty where it is not."""
        code = run.courses.refusal(run.step)
        if code is None:
            return ""
        return self._strings.text("wizard.again", why=self._strings.text(reason(code)))

    @staticmethod
    def _kind(run: WizardRun, hindrance: Hindrance | None) -> str:
        if run.state in (WizardState.HOLDING, WizardState.CAPTURING, WizardState.TAKEN):
            return "good"
        return "hindered" if hindrance is not None else "plain"
