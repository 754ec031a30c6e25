"""The wizard that makes a portrait of several pictures: carries out what its run commands, and
hands on what the person does."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from persona_core.errors import PersonaError
from persona_core.portrait.wizard.courses import StepStatus
from persona_core.portrait.wizard.hindrances import Glimpse
from persona_core.portrait.wizard.machine import ASKING, WizardCommand, WizardState
from persona_core.portrait.wizard.run import Commands, WizardRun
from persona_core.portrait.wizard.steps import Step
from persona_web.base.background import Background
from persona_web.look.set_gathering import Gathered
from persona_web.look.set_maker import MadeSet
from persona_web.look.wizard_pictures import WizardPictures
from persona_web.ui.look.wizard_camera import reason
from persona_web.ui.look.wizard_parts import PANELS, WizardParts
from persona_web.ui.look.wizard_review import ShownPictures


class PortraitWizard:
    """``#wizard``, open or not."""

    def __init__(self, parts: WizardParts) -> None:
        self._parts = parts
        self._background = Background()
        self._run = WizardRun()
        self._pictures = WizardPictures(parts.maker, self._read, self._refused)
        self._gathered: Gathered | None = None
        self._made: MadeSet | None = None
        self._now_ms = 0.0
        self._is_asking = False
        page = parts.page
        for name, pressed in (
            ("use-camera", self._use_camera),
            ("back", lambda: self._if_asking(self._run.back)),
            ("take", self._take_now),
            ("skip", lambda: self._if_asking(self._run.skip)),
            ("finish", lambda: self._if_asking(self._run.finish)),
            ("again", self._use_camera),
            ("enough", lambda: self._do(self._run.finish())),
            ("other-way", lambda: self._do(self._run.leave())),
            ("cancel", self._cancel),
            ("use", lambda: self._background.run(self._wear())),
            ("drop", self.ask_to_leave),
            ("stay", self._stay),
            ("throw-away", self._end),
            ("close", self.ask_to_leave),
        ):
            page.element(f"wizard-{name}").on("click", pressed)
        page.on_language(self._translate)

    @property
    def is_open(self) -> bool:
        return self._parts.dialog.is_open

    def open(self, files: Sequence[Any] = ()) -> None:
        """Shows the wizard, from the beginning; with files it begins to look at them."""
        if not self.is_open:
            self._run = WizardRun()
            self._parts.dialog.open()
            self._parts.told.clear()
            self._show()
        if files and self._run.state is WizardState.WELCOME:
            self._parts.gathering.use_files(files)

    def gather(self, work: Callable[[], Coroutine[Any, Any, Gathered | None]]) -> None:
        """Lets pictures be gathered from elsewhere; None where the person thought better."""
        if self._run.state is WizardState.WELCOME:
            self._parts.told.clear()
            self._do(self._run.gather())
            self._background.run(self._gather(work))

    def camera_lost(self, code: str) -> None:
        """The camera that was open is gone."""
        if self._run.state in (WizardState.OPENING, *ASKING):
            self._lose(code)
        elif self._parts.gathering.is_filming:
            self._do(self._run.leave())
            self._parts.told.fail(code)

    def see(self, glimpse: Glimpse | None) -> None:
        """Takes what the tracker saw in a new frame; None for nobody."""
        self._parts.gathering.see(glimpse)
        if not self._is_asking:
            self._do(self._run.see(glimpse, self._now_ms))

    def step(self, now_ms: float) -> None:
        """Once a displayed frame."""
        self._now_ms = now_ms
        if not self.is_open or self._is_asking:
            return
        self._do(self._run.tick(now_ms))
        state = self._run.state
        if state in (WizardState.OPENING, *ASKING):
            self._parts.camera.step(self._run, now_ms)
        elif state is WizardState.GATHERING:
            self._parts.gathering.step(now_ms)
            self._show()
        elif state is WizardState.REVIEW:
            self._parts.review.step(now_ms)

    def ask_to_leave(self) -> None:
        """Closes, or asks before what was taken is thrown away; asked again, it goes on."""
        if self._is_asking:
            self._stay()
        elif self._run.state is WizardState.WELCOME or not self._has_something:
            self._end()
        else:
            self._is_asking = True
            self._parts.panels.show("leave")

    # What the run commands

    def _do(self, commands: Commands) -> None:
        for command in commands:
            match command:
                case WizardCommand.OPEN_CAMERA:
                    self._parts.maker.prepare()
                    self._background.run(self._open_camera())
                case WizardCommand.CLOSE_CAMERA:
                    self._parts.host.close_camera()
                case WizardCommand.BEGIN_STEP:
                    self._run.begin_step(self._now_ms)
                    self._parts.camera.begin(self._run)
                case WizardCommand.CAPTURE:
                    self._background.run(self._capture(asked_for=False))
                case WizardCommand.CONFIRM:
                    self._parts.chime.play()
                case WizardCommand.MAKE:
                    self._background.run(self._make())
                case WizardCommand.SHOW:
                    self._show_made()
                case WizardCommand.FORGET:
                    self._forget()
        if commands:
            self._show()

    async def _open_camera(self) -> None:
        run = self._run
        code = await self._parts.host.open_camera()
        if run is not self._run or run.state is not WizardState.OPENING:
            if run.state not in ASKING:
                self._parts.host.close_camera()
        elif code is None:
            self._do(run.opened())
        else:
            self._lose(code)

    async def _capture(self, *, asked_for: bool) -> None:
        run, step = self._run, self._run.step
        bitmap = await self._parts.host.grab()
        is_wanted = run is self._run and run.state is WizardState.CAPTURING
        if bitmap is None or not is_wanted:
            if bitmap is not None:
                bitmap.close()
            if is_wanted:
                self._do(run.missed())
            return
        self._do(run.captured(self._now_ms))
        self._pictures.add(step, bitmap, None if asked_for else run.watch.rest)

    async def _gather(self, work: Callable[[], Coroutine[Any, Any, Gathered | None]]) -> None:
        run = self._run
        code = None
        try:
            gathered = await work()
        except PersonaError as error:
            gathered, code = None, error.code
        if run is not self._run or run.state is not WizardState.GATHERING:
            return
        if gathered is None:
            refused = self._parts.work.refused
            self._do(run.failed())
            if code is not None:
                self._parts.told.fail(code, refused)
            return
        self._gathered = gathered
        self._do(run.gathered())

    async def _make(self) -> None:
        run = self._run
        self._parts.work.tell("wizard.making", 0, 0)
        self._parts.work.say()
        try:
            if self._gathered is not None:
                self._made = await self._parts.maker.make(
                    self._gathered.base, self._gathered.pictures
                )
            else:
                self._made = await self._pictures.make()
        except PersonaError as error:
            if run is self._run and run.state is WizardState.MAKING:
                self._do(run.failed())
                self._parts.told.fail(error.code, self._parts.work.refused)
            return
        if run is self._run and run.state is WizardState.MAKING:
            self._do(run.made())

    def _forget(self) -> None:
        self._pictures.forget()
        self._parts.gathering.cancel()
        self._parts.review.close()
        self._gathered, self._made = None, None

    # What becomes of pictures

    def _read(self, step: Step) -> None:
        self._do(self._run.read(step))
        self._show()

    def _refused(self, step: Step, code: str) -> None:
        self._do(self._run.refused(step, code))
        self._show()

    async def _wear(self) -> None:
        made = self._made
        if made is None:
            return
        self._close()
        await self._parts.use(made.portrait_set)

    # What the person does

    def _use_camera(self) -> None:
        self._parts.chime.prepare()
        self._parts.told.clear()
        self._do(self._run.use_camera())

    def _take_now(self) -> None:
        if self._run.state in (WizardState.SEEKING, WizardState.HOLDING):
            commands = self._run.take_now()
            if commands:
                self._background.run(self._capture(asked_for=True))
                self._show()

    def _if_asking(self, deed: Callable[[], Commands]) -> None:
        if self._run.state in ASKING:
            self._do(deed())

    def _cancel(self) -> None:
        """Back to the beginning where nothing but files was looked at."""
        if self._gathered is not None or self._run.state is WizardState.GATHERING:
            self._do(self._run.leave())
        else:
            self.ask_to_leave()

    def _leave_out(self, name: str) -> None:
        """From the review: the portrait is made without one of the pictures."""
        if self._gathered is not None:
            self._gathered = self._gathered.without(name)
            self._do(self._run.gathered())

    def _stay(self) -> None:
        self._is_asking = False
        if self._run.state in (WizardState.SEEKING, WizardState.HOLDING):
            self._run.begin_step(self._now_ms)
        self._show()

    def _end(self) -> None:
        self._close()
        self._parts.speech.say("")

    def _close(self) -> None:
        self._is_asking = False
        self._do(self._run.end())
        self._parts.maker.close()
        self._parts.chime.close()
        self._parts.dialog.close()

    @property
    def _has_something(self) -> bool:
        """Whether anything would be lost."""
        return not self._run.courses.is_untouched or self._run.state in (
            *(WizardState.GATHERING, WizardState.MAKING, WizardState.REVIEW),
        )

    # Showing

    def _lose(self, code: str) -> None:
        self._do(self._run.failed())
        self._parts.told.lose(code, self._run.can_finish)

    def _show(self) -> None:
        state = self._run.state
        if self._is_asking or state is WizardState.ENDED:
            return
        if state is WizardState.READING:
            courses = self._run.courses
            waiting = len(courses.having(StepStatus.TAKEN))
            total = waiting + len(courses.having(StepStatus.GOOD))
            self._parts.work.tell("wizard.reading", total - waiting + 1, total)
        is_filming = state is WizardState.GATHERING and self._parts.gathering.is_filming
        self._parts.panels.show("camera" if is_filming else PANELS[state])

    def _show_made(self) -> None:
        assert self._made is not None
        text, gathered, courses = self._parts.strings.text, self._gathered, self._run.courses
        if gathered is None:
            # That the wizard asks for one picture more than a portrait holds is nobody's fault.
            left_out = [pair for pair in self._made.left_out if pair[1] != "set-too-many"]
            left_out += [(s, courses.refusal(s) or "") for s in courses.having(StepStatus.REFUSED)]
            named = [(text(f"wizard.step.{s}"), text(reason(code))) for s, code in left_out]
            thumbnails = self._pictures.thumbnails
            shown = ShownPictures(
                text("wizard.repeat"),
                [(step, text(f"wizard.step.{step}"), thumbnails.get(step)) for step in Step],
                lambda key: self._do(self._run.use_camera(Step(key))),
            )
        else:
            left_out = [(name, text(f"error.{code}")) for name, code in self._made.left_out]
            named = [*self._parts.work.refused, *left_out]
            names = [name for name, _ in gathered.pictures]
            shown = ShownPictures(
                text("wizard.leave-out"),
                [(name, name, gathered.thumbnails.get(name)) for name in names],
                self._leave_out,
            )
        self._parts.review.show(self._made.portrait_set, named, shown)
        notes = () if gathered is None else gathered.notes
        words = (text("wizard.made"), *(text(note) for note in notes))
        self._parts.review.note(" ".join(words[1:]))
        self._parts.speech.say(" ".join(words))

    def _translate(self) -> None:
        """Another language: what is shown only once is said anew."""
        if self.is_open and self._run.state is WizardState.REVIEW and self._made is not None:
            self._show_made()
