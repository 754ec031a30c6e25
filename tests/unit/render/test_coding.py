"""Pictures as bytes."""

from __future__ import annotations

import io

import av
import numpy as np
from PIL import Image
from tests.support import expressions
from tests.support.photo_engine import PhotoSession
from tests.support.portraits import built_in

from persona_core.portrait.expressions.portrait_set import PortraitSet
from persona_core.wire.rendering import PictureFormat
from persona_render.coding import Coder, coder_of, formats
from persona_render.engines.engine import Picture

SIDE, FPS, KBIT = 256, 20, 500
LEAST_DB = 30.0


def film(count: int) -> list[Picture]:
    """A photo that grows darker and brighter."""
    session = PhotoSession(PortraitSet(built_in()), SIDE)
    jaws = 0.1 + 0.1 * np.sin(np.arange(count) / 4)
    return [session.render(expressions.params({"jawOpen": float(jaw)})) for jaw in jaws]


def decibels(one: Picture, other: Picture) -> float:
    return float(10 * np.log10(255.0**2 / ((one.astype(float) - other) ** 2).mean()))


def video(coder: Coder, pictures: list[Picture]) -> list[Picture]:
    decoder = av.CodecContext.create("vp8", "r")
    shown = []
    for picture in pictures:
        (frame,) = decoder.decode(av.Packet(coder.code(picture)[0]))
        shown.append(frame.to_ndarray(format="rgb24"))
    return shown


def test_video_is_the_usual_form_when_it_can_be_coded() -> None:
    assert formats() == (PictureFormat.VP8, PictureFormat.WEBP)


def test_each_picture_is_there_at_once_when_it_is_coded() -> None:
    pictures = film(20)
    shown = video(coder_of(PictureFormat.VP8, SIDE, FPS, KBIT), pictures)
    assert min(map(decibels, shown, pictures)) > LEAST_DB


def test_video_keeps_to_its_bits_when_faces_move() -> None:
    coder = coder_of(PictureFormat.VP8, SIDE, FPS, KBIT)
    sizes = [len(coder.code(picture)[0]) for picture in film(40)]
    assert 8 * FPS * np.mean(sizes[1:]) < 1000 * KBIT


def test_video_can_be_entered_when_a_whole_picture_was_asked_for() -> None:
    coder, pictures = coder_of(PictureFormat.VP8, SIDE, FPS, KBIT), film(6)
    whole = [coder.code(picture, whole=number == 4)[1] for number, picture in enumerate(pictures)]
    assert whole == [True, False, False, False, True, False]
    data, _whole = coder.code(pictures[0], whole=True)
    (frame,) = av.CodecContext.create("vp8", "r").decode(av.Packet(data))
    assert decibels(frame.to_ndarray(format="rgb24"), pictures[0]) > LEAST_DB


def test_pictures_stand_alone_when_they_are_webp() -> None:
    coder, pictures = coder_of(PictureFormat.WEBP, SIDE, FPS, KBIT), film(3)
    for picture in pictures:
        data, whole = coder.code(picture)
        assert whole
        assert decibels(np.asarray(Image.open(io.BytesIO(data)).convert("RGB")), picture) > LEAST_DB
