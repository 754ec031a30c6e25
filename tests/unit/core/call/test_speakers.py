"""Who has the floor, and who is drawn by the costly renderer."""

from __future__ import annotations

from persona_core.call.media.speakers import ActiveSpeaker, NeuralTurn

STEP_MS = 50.0


class Room:
    """Hears everybody twenty times a second."""

    def __init__(self) -> None:
        self.speaker = ActiveSpeaker()
        self.now_ms = 0.0

    def hear(self, seconds: float, **levels: float) -> list[str | None]:
        heard = []
        for _ in range(round(seconds * 1000.0 / STEP_MS)):
            self.now_ms += STEP_MS
            heard.append(self.speaker.hear(levels, self.now_ms))
        return heard


def test_nobody_speaks_when_all_are_silent() -> None:
    assert set(Room().hear(3.0, ann=0.0, ben=0.02)) == {None}


def test_speaker_is_named_soon_and_kept_through_a_breath_when_somebody_talks() -> None:
    room = Room()
    assert room.hear(0.5, ann=0.6, ben=0.0)[-1] == "ann"
    assert set(room.hear(0.6, ann=0.0, ben=0.0)) == {"ann"}
    assert room.hear(2.0, ann=0.0, ben=0.0)[-1] is None
    assert room.speaker.floor == "ann"


def test_floor_is_kept_when_another_coughs() -> None:
    room = Room()
    room.hear(2.0, ann=0.5, ben=0.0)
    assert set(room.hear(0.15, ann=0.5, ben=1.0)) == {"ann"}
    assert set(room.hear(1.0, ann=0.5, ben=0.0)) == {"ann"}


def test_floor_goes_over_when_another_is_louder_for_a_while_or_the_speaker_ends() -> None:
    room = Room()
    room.hear(2.0, ann=0.4, ben=0.0)
    assert room.hear(2.0, ann=0.4, ben=0.9)[-1] == "ben"
    assert room.hear(2.0, ann=0.4, ben=0.0)[-1] == "ann"


def test_floor_is_free_when_its_holder_has_gone() -> None:
    room = Room()
    room.hear(1.0, ann=0.5)
    room.hear(0.1, ben=0.0)
    assert room.speaker.floor is None


def test_neural_turn_is_the_only_peers_when_there_is_one() -> None:
    turn = NeuralTurn()
    assert turn.choose([], None, 0.0) is None
    assert turn.choose(["ann"], None, 10.0) == "ann"


def test_neural_turn_follows_the_floor_but_not_back_and_forth() -> None:
    turn = NeuralTurn()
    turn.choose(["ann", "ben"], None, 0.0)
    assert turn.choose(["ann", "ben"], "ben", 1_000.0) == "ann"
    assert turn.choose(["ann", "ben"], "ben", 4_000.0) == "ben"
    assert turn.choose(["ann", "ben"], "ann", 5_000.0) == "ben"
    assert turn.choose(["ann", "ben"], None, 60_000.0) == "ben"


def test_neural_turn_passes_at_once_when_its_holder_has_gone() -> None:
    turn = NeuralTurn()
    turn.choose(["ann", "ben", "cat"], "ann", 0.0)
    assert turn.choose(["ben", "cat"], "cat", 100.0) == "cat"
