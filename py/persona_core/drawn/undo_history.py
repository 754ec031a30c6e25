"""``UndoHistory``: the look being edited, with a way back.

Changes of one field that follow each other, as a colour slider gives them by the dozen, are
one step back as long as the person stays with it: :meth:`UndoHistory.settle` ends the step.
"""

from __future__ import annotations

from typing import Final

from persona_core.drawn.style import AvatarStyle

MAX_STEPS: Final = 100


class UndoHistory:
    """A style and the ones before it.

    Attributes:
        original: what :meth:`reset` goes back to.
    """

    def __init__(self, style: AvatarStyle, original: AvatarStyle | None = None) -> None:
        """
        Args:
            style: what is worn at first.
            original: ``style`` if it is not given.
        """
        self.original = style if original is None else original
        self._style = style
        self._past: list[AvatarStyle] = []
        self._future: list[AvatarStyle] = []
        self._touched: str | None = None

    @property
    def style(self) -> AvatarStyle:
        """What is worn now."""
        return self._style

    @property
    def can_undo(self) -> bool:
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        return bool(self._future)

    @property
    def is_original(self) -> bool:
        """Whether a reset would change nothing."""
        return self._style == self.original

    def wear(self, style: AvatarStyle, touched: str | None = None) -> bool:
        """Puts on another look; False if it is the same one.

        Args:
            touched: what the person has their hand on. The next change with the same word
                joins this one's step; None is always a step of its own.
        """
        if style == self._style:
            return False
        if touched is None or touched != self._touched:
            self._past.append(self._style)
            del self._past[:-MAX_STEPS]
        self._touched = touched
        self._future.clear()
        self._style = style
        return True

    def settle(self) -> None:
        """The next change is a step of its own, whatever it touches."""
        self._touched = None

    def undo(self) -> bool:
        """Goes back a step; False at the beginning."""
        return self._go(self._past, self._future)

    def redo(self) -> bool:
        """Takes an undone step again; False if there is none."""
        return self._go(self._future, self._past)

    def reset(self) -> bool:
        """Puts on the original look, as a step that can be undone."""
        return self.wear(self.original)

    def _go(self, source: list[AvatarStyle], target: list[AvatarStyle]) -> bool:
        if not source:
            return False
        target.append(self._style)
        self._style = source.pop()
        self._touched = None
        return True
