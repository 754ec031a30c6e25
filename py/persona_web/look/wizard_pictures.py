"""The pictures that the wizard takes, step by step, and what is found in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from persona_core.errors import PersonaError, PhotoError
from persona_core.face import quaternion
from persona_core.face.face_frame import FacePlacement
from persona_core.portrait.making.set_making import SetPicture
from persona_core.portrait.portrait import Portrait
from persona_core.portrait.wizard.steps import Rest, Step, has_moved, level
from persona_web.base.background import Background
from persona_web.look.set_maker import MadeSet, SetMaker

MOST_USEFUL: Final = (
    *(Step.EYES_CLOSED, Step.AH, Step.SMILE, Step.OO),
    *(Step.TURN_LEFT, Step.TURN_RIGHT, Step.LOOK_LEFT, Step.LOOK_RIGHT, Step.BROWS),
)
"""What one picture knows least of comes first, and stays when there are too many bytes: geometry
moves brows well, and lids not at all."""
STILL_SHOWN: Final = 0.25
"""Of what a step asks for: a picture that shows less was taken too late."""


class WizardPictures:
    """Args:
    on_read: called with a step whose picture is good.
    on_refused: called with a step whose picture is of no use, and the error's code.

    Attributes:
        thumbnails: a small image of each picture taken.
    """

    def __init__(
        self,
        maker: SetMaker,
        on_read: Callable[[Step], None],
        on_refused: Callable[[Step, str], None],
    ) -> None:
        self._maker = maker
        self._on_read = on_read
        self._on_refused = on_refused
        self._background = Background()
        self._waiting: list[tuple[Step, Any, Rest | None]] = []
        self._is_working = False
        self._turn = 0
        self._base: Portrait | None = None
        self._pictures: dict[Step, SetPicture] = {}
        self.thumbnails: dict[Step, bytes] = {}

    def add(self, step: Step, bitmap: Any, rest: Rest | None) -> None:
        """A picture was taken; it is looked at as soon as those before it are.

        Args:
            bitmap: a JavaScript ``ImageBitmap``, given away.
            rest: of the person, as tracked; None where they pressed the button, and nobody knows
                better.
        """
        self._waiting.append((step, bitmap, rest))
        if not self._is_working:
            self._is_working = True
            self._background.run(self._work())

    async def make(self) -> MadeSet:
        """The set; names in it are steps. Raises PersonaError."""
        if self._base is None:
            raise PhotoError("no first picture")
        pictures = [(str(s), self._pictures[s]) for s in MOST_USEFUL if s in self._pictures]
        return await self._maker.make(self._base, pictures)

    def forget(self) -> None:
        """Throws all of them away."""
        self._turn += 1
        for _, bitmap, _ in self._waiting:
            bitmap.close()
        self._waiting.clear()
        self._base = None
        self._pictures.clear()
        self.thumbnails.clear()

    async def _work(self) -> None:
        try:
            while self._waiting:
                step, bitmap, rest = self._waiting.pop(0)
                turn = self._turn
                try:
                    code = await self._look(step, bitmap, rest, turn)
                finally:
                    bitmap.close()
                if turn != self._turn:
                    continue
                if code is None:
                    self._on_read(step)
                else:
                    self._on_refused(step, code)
        finally:
            self._is_working = False

    async def _look(self, step: Step, bitmap: Any, rest: Rest | None, turn: int) -> str | None:
        """Reads one picture; the code of what is wrong with it, None for nothing."""
        try:
            thumbnail = await self._maker.codec.thumbnail(bitmap)
            if step is Step.STRAIGHT:
                base = await self._maker.base(bitmap)
                # A camera is some moments ahead of what was seen of it.
                if rest is not None and has_moved(base.blendshapes, rest):
                    return "wizard-moved"
                if turn == self._turn:
                    self._base = base
            else:
                picture = await self._maker.picture(bitmap)
                if rest is not None and self._is_over(step, picture):
                    return "wizard-missed"
                if turn == self._turn:
                    self._pictures[step] = picture
        except PersonaError as error:
            return error.code
        if turn == self._turn:
            self.thumbnails[step] = thumbnail
        return None

    def _is_over(self, step: Step, picture: SetPicture) -> bool:
        """Whether a picture shows no more of what it was taken for."""
        if self._base is None:
            return False
        rest = Rest(self._base.blendshapes, _yaw(self._base))
        return level(step, picture.blendshapes, _yaw(picture), rest) < STILL_SHOWN


def _yaw(picture: Portrait | SetPicture) -> float:
    rotation = quaternion.from_matrix(FacePlacement.fit(picture.landmarks).rotation)
    return quaternion.to_yaw_pitch_roll(rotation)[0]
