"""A peer's portrait is put on, taken off, and refused, as it comes over the call."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from tests.support.portraits import (
    built_in,
    canonical_portrait,
    expression_of,
    portrait_set,
)

from persona_core.drawn.style import AvatarStyle
from persona_core.errors import PortraitError
from persona_core.face.params import FaceParams
from persona_core.portrait.expressions.portrait_set import PortraitSet
from persona_web.room.portrait_peer import OPENINGS, PortraitPeer

FACE = FaceParams(time_ms=0.0)
GOLD, NAVY = (canonical_portrait(colour) for colour in ("gold", "navy"))
SET = portrait_set(4)
BASE, SENT = SET.to_parts()


class Stage:
    """Notes what it is asked to wear, and when it is drawn."""

    def __init__(self) -> None:
        self.style = AvatarStyle()
        self.seen: list[Any] = []
        self.worn: list[PortraitSet | None] = []
        self.closed = False

    def draw(self, params: FaceParams, now_ms: float) -> None:
        self.seen.append(now_ms)

    def set_portrait(self, portrait: PortraitSet | None) -> None:
        self.worn.append(portrait)
        self.seen.append(None if portrait is None else portrait.base.image)

    @property
    def glows(self) -> list[bytes]:
        """The first images of the expressions that are worn."""
        assert self.worn[-1] is not None
        return [expression.patches[0].image for expression in self.worn[-1].expressions]

    def conceal(self) -> None:
        self.seen.append("nobody")

    def hear(self, level: float) -> None:
        self.seen.append(f"level {level}")

    def close(self) -> None:
        self.closed = True


class Company:
    """A peer, the stage, and what was said of their portrait."""

    def __init__(self) -> None:
        self.remote = SimpleNamespace(
            avatar={"hair": "bun"},
            portrait=None,
            wears_portrait=False,
            expressions=(),
            expressions_refused=0,
        )
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


def test_nobody_is_seen_when_the_peer_comes_back_and_cannot_say_yet_what_it_wears(
    peer_list: Company,
) -> None:
    peer_list.peer.style = AvatarStyle()
    peer_list.wear(GOLD.to_bytes())
    peer_list.peer.draw(FACE, 1.0)
    peer_list.remote.avatar = {}
    peer_list.wear(None, worn=False)
    peer_list.peer.draw(FACE, 2.0)
    assert peer_list.stage.seen == ["nobody", GOLD.image, 1.0, "nobody", 2.0]


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


GLOWS = [expression.patches[0].image for expression in SET.expressions]


def test_base_is_shown_first_and_expressions_join_it_when_they_come(peer_list: Company) -> None:
    peer_list.wear(BASE)
    for count in range(5):
        peer_list.remote.expressions = SENT[:count]
        for frame in range(3):
            peer_list.peer.draw(FACE, 10.0 * count + frame)
        assert peer_list.stage.glows == GLOWS[:count]
    worn = peer_list.stage.worn
    assert len(worn) == 5
    assert len({id(each.base) for each in worn if each}) == 1, "the base was opened again"
    assert [each.expressions[:1] for each in worn[1:] if each] == [worn[1].expressions] * 4
    assert peer_list.remote.expressions_refused == 0


def foreign() -> bytes:
    """An expression of somebody with a broader head."""
    base = built_in()
    middle = base.landmarks.mean(axis=0)
    points = (base.landmarks - middle) * np.array([1.35, 1.0, 1.0]) + middle
    return expression_of(replace(base, landmarks=points.astype(np.float32))).to_bytes()


@pytest.mark.parametrize(
    "bad",
    [SENT[1][:-1], b"VPX1", BASE, foreign()],
    ids=["cut", "short", "portrait", "foreign"],
)
def test_expression_is_dropped_and_counted_when_it_cannot_be_shown(
    peer_list: Company, bad: bytes
) -> None:
    peer_list.wear(BASE)
    peer_list.remote.expressions = (SENT[0], bad)
    peer_list.peer.draw(FACE, 1.0)
    assert peer_list.stage.glows == GLOWS[:1]
    peer_list.remote.expressions = (SENT[0], bad, SENT[2])
    for now_ms in (2.0, 3.0):
        peer_list.peer.draw(FACE, now_ms)
    assert peer_list.stage.glows == [GLOWS[0], GLOWS[2]]
    assert (peer_list.remote.expressions_refused, peer_list.errors) == (1, [])


def test_nothing_is_made_ready_anew_when_expressions_come_in_another_order(
    peer_list: Company,
) -> None:
    peer_list.wear(BASE)
    for now_ms, expressions in enumerate((SENT[2:3], SENT[:3], SENT[::-1], SENT)):
        peer_list.remote.expressions = expressions
        peer_list.peer.draw(FACE, float(now_ms))
    sets = [each for each in peer_list.stage.worn if each is not None]
    for before, after in pairwise(sets):
        assert after.expressions[: len(before.expressions)] == before.expressions
    assert sorted(peer_list.stage.glows) == sorted(GLOWS)


def test_expression_goes_when_the_peer_takes_it_out(peer_list: Company) -> None:
    peer_list.wear(BASE)
    peer_list.remote.expressions = SENT
    peer_list.peer.draw(FACE, 1.0)
    peer_list.remote.expressions = SENT[1:]
    peer_list.peer.draw(FACE, 2.0)
    assert peer_list.stage.glows == GLOWS[1:]


def test_portrait_is_made_ready_so_often_and_no_more_when_it_is_put_on_and_off_without_end(
    peer_list: Company,
) -> None:
    rate, burst = OPENINGS
    peer_list.peer.style = AvatarStyle()
    length_ms = 20_000
    for now_ms in range(0, length_ms, 50):
        is_on = now_ms // 50 % 2 == 0
        peer_list.wear(BASE if is_on else None, worn=is_on)
        peer_list.remote.expressions = SENT if is_on else ()
        peer_list.peer.draw(FACE, float(now_ms))
        *_, shown, _ = peer_list.stage.seen
        assert shown in ((SET.base.image, "nobody") if is_on else (None,)), "somebody else is seen"
    openings = [each for each in peer_list.stage.worn if each is not None]
    assert 4 <= len(openings) <= burst + rate * length_ms
    peer_list.wear(BASE)
    peer_list.remote.expressions = SENT
    for now_ms in range(length_ms, length_ms + 6_000, 50):
        peer_list.peer.draw(FACE, float(now_ms))
    assert peer_list.stage.glows == GLOWS, "what is worn in the end is shown in the end"


def test_bad_portrait_is_told_once_when_its_expressions_come(peer_list: Company) -> None:
    peer_list.wear(BASE[:-9])
    for count in range(5):
        peer_list.remote.expressions = SENT[:count]
        peer_list.peer.draw(FACE, float(count))
    assert [error.code for error in peer_list.errors] == ["bad-portrait"]
    assert peer_list.stage.worn == []
