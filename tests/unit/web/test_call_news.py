"""What is said to screen readers of who comes and goes, and how people are called."""

from __future__ import annotations

import pytest
from tests.support.fake_page import FakeStrings

from persona_core.wire.people_messages import FaceSource, Presence
from persona_web.room.people.live_news import GATHER_MS, MEETING_MS, NAME_WAIT_MS, LiveNews
from persona_web.ui.people.person_view import isolated, label_of, marks_of


class Listener:
    """Hears the news, and lets time pass."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.rung = 0
        self.now_ms = 0.0
        self.news = LiveNews(FakeStrings(), self.told.append, self._ring)  # type: ignore[arg-type]

    def _ring(self) -> None:
        self.rung += 1

    def there(self, *names: str, unnamed: tuple[str, ...] = ()) -> None:
        labels = {name: name for name in (*names, *unnamed)}
        self.news.follow(labels, set(names), self.now_ms)

    def wait(self, ms: float) -> None:
        end_ms = self.now_ms + ms
        while self.now_ms < end_ms:
            self.now_ms += 100.0
            self.news.step(self.now_ms)


@pytest.fixture
def hear() -> Listener:
    return Listener()


def test_those_whom_one_meets_are_named_together_and_later_ones_alone(hear: Listener) -> None:
    hear.there("ann")
    hear.wait(200.0)
    hear.there("ann", unnamed=("ben",))
    hear.wait(MEETING_MS + GATHER_MS)
    assert hear.told == [], "one of them has no name yet"
    hear.there("ann", "ben")
    hear.wait(GATHER_MS + 200.0)
    assert hear.told == [f"people.here {isolated('ann')}, {isolated('ben')}"]
    assert hear.rung == 0
    hear.there("ann", "ben", "cat")
    hear.there("ben", "cat")
    hear.wait(GATHER_MS + 200.0)
    said = hear.told[-1]
    assert "people.left " + isolated("ann") in said
    assert "people.joined " + isolated("cat") in said, "what comes together is said together"
    assert hear.rung == 2


def test_first_guest_joins_when_one_was_alone_before(hear: Listener) -> None:
    hear.there()
    hear.wait(MEETING_MS + 200.0)
    hear.there("ann")
    hear.wait(GATHER_MS + 200.0)
    assert hear.told == ["people.joined " + isolated("ann")]


def test_name_is_not_waited_for_for_ever_and_who_left_unnamed_is_not_told_of(
    hear: Listener,
) -> None:
    hear.there()
    hear.wait(MEETING_MS + 200.0)
    hear.there(unnamed=("old page", "gone"))
    hear.wait(NAME_WAIT_MS / 2)
    hear.there(unnamed=("old page",))
    hear.wait(NAME_WAIT_MS / 2 + GATHER_MS + 200.0)
    assert hear.told == ["people.joined " + isolated("old page")]


def test_nothing_of_the_last_call_is_told_when_another_begins(hear: Listener) -> None:
    hear.there()
    hear.wait(MEETING_MS + 200.0)
    hear.there("ann")
    hear.news.begin()
    hear.there("ben")
    hear.wait(MEETING_MS + 2 * GATHER_MS)
    assert hear.told == [f"people.here {isolated('ben')}"]


@pytest.mark.parametrize(
    ("name", "number", "is_self", "label"),
    [
        ("Mina", 1, False, "Mina"),
        ("Mina", 2, False, "people.numbered Mina 2"),
        ("", 3, False, "people.numbered people.guest 3"),
        ("Mina", 2, True, "people.other-tab people.numbered Mina 2"),
    ],
)
def test_label_tells_people_apart(name: str, number: int, is_self: bool, label: str) -> None:
    assert label_of(FakeStrings(), name, number, is_self=is_self) == label  # type: ignore[arg-type]


def test_marks_say_what_is_out_of_the_ordinary() -> None:
    assert marks_of(None, is_host=False) == ()
    assert marks_of(Presence(FaceSource.CAMERA), is_host=True) == ("host",)
    assert marks_of(Presence(FaceSource.DEMO, has_hand_up=True), is_host=False) == ("hand", "demo")
