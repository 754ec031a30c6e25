"""A page's own avatar, told to the stage pages of this browser while one of them listens."""

from __future__ import annotations

from secrets import token_bytes
from typing import TYPE_CHECKING

from persona_core.base.ports import Clock
from persona_core.call.stage_show import Look, StagePublisher
from persona_core.errors import PortraitError
from persona_core.face.params import FaceParams
from persona_web.bridge.page import Page
from persona_web.bridge.site import Site
from persona_web.bridge.stage_channel import StageChannel
from persona_web.parts.face_capture import FaceCapture
from persona_web.view.avatar_view import AvatarView

if TYPE_CHECKING:
    from persona_core.portrait.expressions.portrait_set import PortraitSet

HOME_RANK = 1
ROOM_RANK = 2
"""Whoever is in a call is shown as they are there."""


def tell_stages(
    site: Site, page: Page, clock: Clock, face_capture: FaceCapture, own: AvatarView, rank: int
) -> None:
    """Has stages told of the own face, as the others see it, and of its look."""
    channel = StageChannel(site, lambda data: publisher.hear(data, clock.now_ms()))
    worn = _Worn(own)
    publisher = StagePublisher(token_bytes(8), rank, channel.post, worn.look)

    def show(face: FaceParams, now_ms: float) -> None:
        publisher.show(face, now_ms)
        if publisher.is_heard(now_ms):
            face_capture.stir()  # a stage is looked at where this page may not be

    face_capture.on_face(show)
    page.on_leave(publisher.close)  # the channel stays: the browser may show the page again


class _Worn:
    """What an avatar wears, as one object until it wears something else."""

    def __init__(self, own: AvatarView) -> None:
        self._own = own
        self._seen: tuple[object, object, bool] | None = None
        self._look = Look({})

    def look(self) -> Look:
        own = self._own
        seen = (own.style, own.portrait, own.is_known)
        if self._seen is None or any(a is not b for a, b in zip(seen, self._seen, strict=True)):
            self._seen = seen
            style = own.style.to_dict() if own.is_known else {}
            self._look = Look(style) if own.portrait is None else _pictured(own.portrait, style)
        return self._look


def _pictured(portrait: PortraitSet, style: dict[str, object]) -> Look:
    try:
        return Look(style, portrait.to_file())
    except PortraitError:  # too large: nobody is shown rather than somebody else
        return Look({})
