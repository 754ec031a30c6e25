"""The wizard's last panel: the portrait moves, with one picture and with all of them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from persona_core.face.params import FaceParams
from persona_core.portrait.expressions.portrait_set import PortraitSet
from persona_web.ui.look.wizard_told import Refused, list_refused

if TYPE_CHECKING:
    from persona_web.bridge.page import Element, Page, Strings


class Stage(Protocol):
    """Where a portrait moves; in the browser around an ``AvatarView``."""

    @property
    def shows_portrait(self) -> bool: ...

    def wear(self, portrait_set: PortraitSet) -> None: ...

    def draw(self, params: FaceParams, now_ms: float) -> None: ...

    def close(self) -> None: ...


class Thumbnails(Protocol):
    """Gives a picture's bytes an address; in the browser a ``PictureAddress``."""

    def of(self, picture: bytes) -> str: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class ShownPictures:
    """The pictures of a set, and what pressing one does.

    Attributes:
        legend: says it.
        pictures: each one's key, its name in words and a small image; None where it has none.
        press: called with the key of the one that is pressed.
    """

    legend: str
    pictures: Sequence[tuple[str, str, bytes | None]]
    press: Callable[[str], None]


class WizardReview:
    """``#wizard-review`` and what is in it.

    Args:
        open_stage: puts a stage at an element.
        motion: the face at a time, ms; what the portrait moves by.
    """

    def __init__(
        self,
        page: Page,
        strings: Strings,
        open_stage: Callable[[Element], Stage],
        motion: Callable[[float], FaceParams],
        new_thumbnails: Callable[[], Thumbnails],
    ) -> None:
        self._page = page
        self._strings = strings
        self._open_stage = open_stage
        self._motion = motion
        self._new_thumbnails = new_thumbnails
        self._stages: list[Stage] = []
        self._addresses: list[Thumbnails] = []
        self.lead = page.element("wizard-review-lead")
        self._before = page.element("wizard-before")
        self._after = page.element("wizard-after")
        self._after_figure = page.element("wizard-after-figure")
        self._needs_gpu = page.element("wizard-needs-gpu")
        self._left_out = page.element("wizard-left-out")
        self._shown = page.element("wizard-repeat")
        self._legend = page.element("wizard-legend")
        self._pictures = page.element("wizard-pictures")
        self._note = page.element("wizard-note")
        self._shown_ms: float | None = None
        self._is_still = page.prefers_stillness
        self._motion_ms = self._drawn_ms = 0.0
        self._play = page.element("wizard-play")
        self._play.on("click", self._toggle)

    def show(self, made: PortraitSet, left_out: Refused, shown: ShownPictures) -> None:
        """Lets a set move beside its base.

        Args:
            left_out: what is not in it.
        """
        self.close()
        count = len(made.expressions) + 1
        key = "wizard.review" if made.expressions else "wizard.review-one"
        self.lead.text = self._strings.text(key, count=count)
        places = [(self._before, PortraitSet(made.base))]
        if made.expressions:
            places.append((self._after, made))
        self._after_figure.hidden = not made.expressions
        for place, worn in places:
            stage = self._open_stage(place)
            stage.wear(worn)
            self._stages.append(stage)
        list_refused(self._page, self._left_out, left_out)
        self._list_pictures(shown)
        self._name_button()

    def note(self, text: str) -> None:
        """What else there is to tell of it."""
        self._note.text = text
        self._note.hidden = not text

    def step(self, now_ms: float) -> None:
        """Once a displayed frame."""
        if not self._stages:
            return
        if self._shown_ms is None:
            self._shown_ms = self._drawn_ms = now_ms
        if not self._is_still:
            self._motion_ms += now_ms - self._drawn_ms
        self._drawn_ms = now_ms
        face = self._motion(self._motion_ms).mirrored()
        for stage in self._stages:
            stage.draw(face, now_ms)
        is_late = now_ms - self._shown_ms > 3_000.0
        self._needs_gpu.hidden = not is_late or self._stages[0].shows_portrait

    def close(self) -> None:
        """Nothing moves any more."""
        for stage in self._stages:
            stage.close()
        for address in self._addresses:
            address.close()
        self._stages.clear()
        self._addresses.clear()
        self._shown_ms = None
        self._needs_gpu.hidden = True

    def _toggle(self) -> None:
        self._is_still = not self._is_still
        self._name_button()

    def _name_button(self) -> None:
        self._play.text = self._strings.text("wizard.play" if self._is_still else "wizard.stop")

    def _list_pictures(self, shown: ShownPictures) -> None:
        self._pictures.clear()
        self._shown.hidden = not shown.pictures
        self._legend.text = shown.legend
        for key, name, picture in shown.pictures:
            item = self._page.clone("wizard-picture")
            image = item.find("img")
            if picture is not None:
                address = self._new_thumbnails()
                self._addresses.append(address)
                image.set("src", address.of(picture))
            image.hidden = picture is None
            item.find(".wizard-picture-name").text = name
            item.find("button").on("click", functools.partial(shown.press, key))
            self._pictures.append(item)
