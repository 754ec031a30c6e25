"""The own avatar on a stage page: what pages tell it, and what it makes of that."""

from __future__ import annotations

import json
import struct
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.expressions import BY_NAME, params

from persona_core.call.stage_show import (
    LISTEN_MS,
    LISTENING_MS,
    SILENT_MS,
    Look,
    StageFollower,
    StagePublisher,
)
from persona_core.errors import WireError
from persona_core.face.params import FaceParams
from persona_core.wire.codec import MAX_FRAME_BYTES
from persona_core.wire.stage_messages import (
    MAX_PORTRAIT_BYTES,
    MAX_STYLE_BYTES,
    StageKind,
    StageMessage,
)

STYLE = {"hair": "short"}
HOME, ROOM = b"home-tab", b"room-tab"


class Stage:
    """A stage and the pages that it may show, in memory, with one clock."""

    def __init__(self) -> None:
        self.now_ms = 0.0
        self.pages: list[StagePublisher] = []
        self.posted: list[bytes] = []
        self.looks: list[Look | None] = []
        self.follower = StageFollower(self._asked, self.looks.append)

    def page(self, name: bytes, rank: int, look: Look) -> StagePublisher:
        page = StagePublisher(name, rank, self._told, lambda: look)
        self.pages.append(page)
        return page

    def _asked(self, data: bytes) -> None:
        for page in self.pages:
            page.hear(data, self.now_ms)

    def _told(self, data: bytes) -> None:
        self.posted.append(data)
        self.follower.hear(data, self.now_ms)

    def run(self, ms: float, jaw: float = 0.0) -> FaceParams | None:
        """Every page shows a new face every 20 ms; gives what the stage shows in the end."""
        face = None
        for _ in range(round(ms / 20.0)):
            self.now_ms += 20.0
            face = self.follower.step(self.now_ms)
            for page in self.pages:
                face_now = replace(params({"jawOpen": jaw}), time_ms=self.now_ms)
                page.show(face_now, self.now_ms)
        return face


@pytest.fixture
def stage() -> Stage:
    return Stage()


def jaw_of(face: FaceParams | None) -> float:
    assert face is not None
    return float(face.blendshapes[BY_NAME["jawOpen"]])


def test_page_tells_nothing_until_a_stage_listens_and_soon_after_it_is_closed(stage: Stage) -> None:
    worn = Look(STYLE)
    page = StagePublisher(HOME, 1, stage.posted.append, lambda: worn)
    page.show(FaceParams(0.0), 0.0)
    assert stage.posted == []

    page.hear(StageMessage(StageKind.LISTEN).to_bytes(), 10.0)
    page.show(FaceParams(20.0), 20.0)
    assert [StageMessage.from_bytes(data).kind for data in stage.posted] == [
        StageKind.LOOK,
        StageKind.FRAME,
    ]
    page.show(FaceParams(20.0), 40.0)
    assert len(stage.posted) == 2, "a face is told once"
    page.show(FaceParams(9e3), 10.0 + LISTENING_MS)
    assert len(stage.posted) == 2


def test_stage_shows_the_face_and_the_look_of_the_page_when_it_moves(stage: Stage) -> None:
    stage.page(HOME, 1, Look(STYLE, b"portrait"))
    assert jaw_of(stage.run(3 * LISTEN_MS, jaw=0.7)) == pytest.approx(0.7, abs=0.05)
    assert [(look.style, look.portrait) for look in stage.looks if look] == [(STYLE, b"portrait")]


def test_stage_follows_the_room_and_comes_back_to_the_other_page_when_it_is_left(
    stage: Stage,
) -> None:
    stage.page(HOME, 1, Look({"name": "home"}))
    stage.run(1_500.0)
    room = stage.page(ROOM, 2, Look({"name": "room"}))
    stage.run(2_500.0)
    assert [look and look.style["name"] for look in stage.looks] == ["home", "room"]

    stage.pages.remove(room)
    room.close()
    assert stage.follower.step(stage.now_ms) is None
    stage.run(2_500.0)
    assert [look and look.style["name"] for look in stage.looks] == ["home", "room", None, "home"]


def test_stage_is_empty_when_its_page_falls_silent_for_long(stage: Stage) -> None:
    stage.page(HOME, 1, Look(STYLE))
    stage.run(1_500.0)
    stage.pages.clear()
    assert stage.run(SILENT_MS - 500.0) is not None
    assert stage.run(1_000.0) is None
    assert stage.looks[-1] is None


def test_nobody_is_shown_when_a_look_is_too_long_to_be_told(stage: Stage) -> None:
    stage.page(HOME, 1, Look(STYLE, bytes(MAX_PORTRAIT_BYTES + 1)))
    stage.run(1_500.0)
    (look,) = stage.looks
    assert look is not None
    assert (look.style, look.portrait) == ({}, b"")


@given(st.binary(max_size=200))
def test_anything_that_is_posted_is_borne(data: bytes) -> None:
    stage = Stage()
    page = stage.page(HOME, 1, Look(STYLE))
    stage.run(1_100.0)
    for message in (data, b"VS\x01\x01" + data, b"VS\x01\x02" + ROOM + b"\xff" + data):
        page.hear(message, stage.now_ms)
        stage.follower.hear(message, stage.now_ms)
    face = stage.run(100.0)
    assert face is None or bool(np.isfinite(face.blendshapes).all())


@given(
    st.dictionaries(st.text(max_size=8), st.integers() | st.text(max_size=8), max_size=5),
    st.binary(max_size=64),
    st.integers(0, 255),
)
def test_look_comes_back_as_it_was_when_it_is_read(
    style: dict[str, object], portrait: bytes, rank: int
) -> None:
    message = StageMessage(StageKind.LOOK, HOME, rank, style, portrait)
    assert StageMessage.from_bytes(message.to_bytes()) == message


def look(text: bytes, length: int | None = None, portrait: bytes = b"") -> bytes:
    head = b"VS\x01\x01" + HOME + b"\x01"
    return head + struct.pack("<I", len(text) if length is None else length) + text + portrait


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"VS\x01\x00",
        b"VX\x01\x00" + HOME + b"\x00",
        b"VS\x02\x00" + HOME + b"\x00",
        b"VS\x01\x09" + HOME + b"\x00",
        b"VS\x01\x00" + HOME + b"\x00more",
        b"VS\x01\x02" + HOME + b"\x00",
        b"VS\x01\x02" + HOME + b"\x00" + bytes(MAX_FRAME_BYTES + 1),
        look(b"{}", length=3),
        look(b"[]"),
        look(b"[" * 9000),
        look(b"\xff"),
        look(json.dumps({"a": "b" * MAX_STYLE_BYTES}).encode()),
        look(b"{}", portrait=bytes(MAX_PORTRAIT_BYTES + 1)),
    ],
)
def test_message_is_refused_when_it_is_none(data: bytes) -> None:
    with pytest.raises(WireError):
        StageMessage.from_bytes(data)
