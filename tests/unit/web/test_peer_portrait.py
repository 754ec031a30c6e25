"""A peer's portrait is put on, taken off, and refused, as it comes over the call."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from tests.support.portraits import canonical_portrait

from persona_core.drawn.style import AvatarStyle
from persona_core.errors import PortraitError
from persona_core.face.params import FaceParams
from persona_web.room.call_views import PortraitPeer

FACE = FaceParams(time_ms=0.0)
GOLD, NAVY = (canonical_portrait(colour) for colour in ("gold", "navy"))


class Stage:
    """Notes what it is asked to wear, and when it is drawn."""

    def __init__(self) -> None:
        self.style = AvatarStyle()
        self.seen: list[Any] = []
        self.closed = False

    def draw(self, params: FaceParams, now_ms: float) -> None:
        self.seen.append(now_ms)

    def set_portrait(self, portrait: Any) -> None:
        self.seen.append(None if portrait is None else portrait.image)

    def conceal(self) -> None:
        self.seen.append("nobody")

    def hear(self, level: float) -> None:
        self.seen.append(f"level {level}")

    def close(self) -> None:
        self.closed = True


class Company:
    """A peer, the stage, and what was said of their portrait."""

    def __init__(self) -> None:
        self.remote = SimpleNamespace(portrait=None, wears_portrait=False)
        self.stage = Stage()
        self.errors: list[PortraitError] = []
        self.peer = PortraitPeer(self.stage, self.remote, self.errors.append)
        assert self.stage.seen == ["nobody"]
        self.stage.seen.clear()

    def wear(self, data: bytes | None, *, worn: bool = True) -> None:
        self.remote.portrait, self.remote.wears_portrait = data, worn


@pytest.fixture
def peer_list() -> Company:
    return Company()


def test_nobody_is_seen_when_the_peer_has_not_said_what_it_looks_like(peer_list: Company) -> None:
    peer_list.peer.draw(FACE, 1.0)
    assert peer_list.stage.seen == [1.0], "still concealed"


def test_drawn_look_is_seen_when_the_peer_has_described_it_and_wears_no_portrait(
    peer_list: Company,
) -> None:
    peer_list.peer.style = AvatarStyle()
    for now_ms in (1.0, 2.0):
        peer_list.peer.draw(FACE, now_ms)
    assert peer_list.stage.seen == [None, 1.0, 2.0]


def test_nobody_is_seen_while_a_portrait_is_on_its_way_though_a_drawn_look_was_described(
    peer_list: Company,
) -> None:
    peer_list.peer.style = AvatarStyle()
    peer_list.wear(None)
    peer_list.peer.draw(FACE, 1.0)
    assert peer_list.stage.seen == [1.0]
    peer_list.wear(GOLD.to_bytes())
    peer_list.peer.draw(FACE, 2.0)
    peer_list.wear(None)  # another one is on its way
    peer_list.peer.draw(FACE, 3.0)
    assert peer_list.stage.seen == [1.0, "nobody", GOLD.image, 2.0, "nobody", 3.0]


def test_each_portrait_is_put_on_once_when_it_has_come(peer_list: Company) -> None:
    for now_ms, portrait in ((1.0, GOLD), (2.0, GOLD), (3.0, NAVY)):
        if peer_list.remote.portrait != portrait.to_bytes():
            peer_list.wear(portrait.to_bytes())
        peer_list.peer.draw(FACE, now_ms)
    assert peer_list.stage.seen == ["nobody", GOLD.image, 1.0, 2.0, "nobody", NAVY.image, 3.0]


def test_drawn_look_comes_back_when_the_peer_takes_the_portrait_off(peer_list: Company) -> None:
    peer_list.peer.style = AvatarStyle()
    peer_list.wear(GOLD.to_bytes())
    peer_list.peer.draw(FACE, 1.0)
    peer_list.wear(None, worn=False)
    peer_list.peer.draw(FACE, 2.0)
    assert peer_list.stage.seen == ["nobody", GOLD.image, 1.0, None, 2.0]


def test_fault_is_told_once_and_nobody_is_seen_when_a_portrait_is_damaged(
    peer_list: Company,
) -> None:
    peer_list.peer.style = AvatarStyle()
    peer_list.wear(GOLD.to_bytes()[:-9])
    for now_ms in (1.0, 2.0):
        peer_list.peer.draw(FACE, now_ms)
    assert [error.code for error in peer_list.errors] == ["bad-portrait"]
    assert peer_list.stage.seen == ["nobody", 1.0, 2.0]


def test_voice_is_passed_on_when_the_peer_is_heard(peer_list: Company) -> None:
    peer_list.peer.hear(0.5)
    assert peer_list.stage.seen == ["level 0.5"]


def test_style_and_end_are_passed_on_when_the_peer_changes_and_leaves(peer_list: Company) -> None:
    style = AvatarStyle(skin="#a56f6b")
    peer_list.peer.style = style
    peer_list.peer.close()
    assert peer_list.stage.style is peer_list.peer.style is style
    assert peer_list.stage.closed
