"""Editing a look with a way back, checked against a plain list of looks."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from persona_core.drawn.style import AvatarStyle
from persona_core.drawn.undo_history import MAX_STEPS, UndoHistory

COLOURS = ("#111111", "#222222", "#333333")


def skin(colour: str) -> AvatarStyle:
    return AvatarStyle(skin=colour)


class WardrobeMachine(RuleBasedStateMachine):
    """Every step is a look in a list; a pointer says which one is worn."""

    def __init__(self) -> None:
        super().__init__()
        self.history = UndoHistory(AvatarStyle())
        self.looks = [AvatarStyle()]
        self.at = 0

    @rule(colour=st.sampled_from(COLOURS), field=st.sampled_from(["skin", "eye_colour"]))
    def wears(self, colour: str, field: str) -> None:
        style = replace(self.history.style, **{field: colour})
        changes = style != self.looks[self.at]
        assert self.history.wear(style) is changes
        if changes:
            self.looks[self.at + 1 :] = [style]
            self.at += 1

    @rule()
    def undoes(self) -> None:
        assert self.history.undo() is (self.at > 0)
        self.at = max(0, self.at - 1)

    @rule()
    def redoes(self) -> None:
        assert self.history.redo() is (self.at < len(self.looks) - 1)
        self.at = min(len(self.looks) - 1, self.at + 1)

    @rule()
    def resets(self) -> None:
        changes = self.looks[self.at] != AvatarStyle()
        assert self.history.reset() is changes
        if changes:
            self.looks[self.at + 1 :] = [AvatarStyle()]
            self.at += 1

    @invariant()
    def wears_the_look_at_the_pointer(self) -> None:
        assert self.history.style == self.looks[self.at]
        assert self.history.can_undo is (self.at > 0)
        assert self.history.can_redo is (self.at < len(self.looks) - 1)
        assert self.history.is_original is (self.looks[self.at] == AvatarStyle())


TestWardrobeKeepsItsHistory = WardrobeMachine.TestCase


def test_wardrobe_goes_back_in_one_step_when_a_slider_gave_many_colours() -> None:
    history = UndoHistory(skin("#000000"))
    for colour in COLOURS:
        history.wear(skin(colour), "skin")
    history.undo()
    assert history.style == skin("#000000")
    assert not history.can_undo


def test_wardrobe_begins_another_step_when_the_hand_was_taken_away() -> None:
    history = UndoHistory(skin("#000000"))
    history.wear(skin("#111111"), "skin")
    history.settle()
    history.wear(skin("#222222"), "skin")
    history.undo()
    assert history.style == skin("#111111")


def test_wardrobe_begins_another_step_when_a_change_follows_an_undo() -> None:
    history = UndoHistory(skin("#000000"))
    history.wear(skin("#111111"), "skin")
    history.wear(replace(skin("#111111"), hair="bun"), "hair")
    history.undo()
    history.wear(skin("#222222"), "skin")
    history.undo()
    assert history.style == skin("#111111")


def test_wardrobe_forgets_the_oldest_when_there_were_very_many() -> None:
    history = UndoHistory(AvatarStyle())
    for number in range(MAX_STEPS + 50):
        history.wear(skin(f"#{number:06x}"))
    steps = 0
    while history.undo():
        steps += 1
    assert steps == MAX_STEPS
    assert history.style == skin(f"#{49:06x}")
