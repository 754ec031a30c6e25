"""What wears the portraits that peers send, and their expressions as they arrive."""

from __future__ import annotations

import logging
from collections.abc import Callable
from enum import Enum, auto
from typing import TYPE_CHECKING, Final, Protocol

from persona_core.base.token_bucket import TokenBucket
from persona_core.drawn.style import AvatarStyle
from persona_core.errors import PortraitError
from persona_core.face.params import FaceParams
from persona_core.wire.control import AvatarDict
from persona_web.view.avatar import HearingAvatar

if TYPE_CHECKING:
    from persona_core.portrait.expressions.expression import Expression
    from persona_core.portrait.expressions.portrait_set import PortraitSet
    from persona_core.portrait.portrait import Portrait

LOGGER = logging.getLogger(__name__)

OPENINGS: Final = (1.0 / 5_000.0, 3.0)
"""Portraits made ready for one peer, in a millisecond in the long run, and at once. Each takes up
to 160 ms, and a peer may put the same ones on and off as often as it likes."""


class Sender(Protocol):
    """Who may send a portrait: a ``RemotePeer``."""

    avatar: AvatarDict
    expressions_refused: int

    @property
    def wears_portrait(self) -> bool: ...

    @property
    def portrait(self) -> bytes | None: ...

    @property
    def expressions(self) -> tuple[bytes, ...]: ...


class PortraitStage(HearingAvatar, Protocol):
    """Who may wear it: an ``AvatarView``."""

    def set_portrait(self, portrait: PortraitSet | None) -> None: ...

    def conceal(self) -> None: ...

    def close(self) -> None: ...


class Worn(Enum):
    """What a peer wears, where that is no portrait that is here."""

    UNKNOWN = auto()
    """They have not said, or take it back, or their portrait is on its way."""
    DRAWN = auto()


class PortraitPeer:
    """One peer on one stage: as the portrait that they wear once it is here, as the drawn character
    if they wear none, and until either is certain, concealed.

    Args:
        on_error: hears once of each portrait that cannot be shown. An expression that cannot be
            shown, or is of somebody else than the portrait, is only counted.
    """

    def __init__(
        self, stage: PortraitStage, remote: Sender, on_error: Callable[[PortraitError], None]
    ) -> None:
        self._stage = stage
        self._remote = remote
        self._on_error = on_error
        self._styled = False
        self._openings = TokenBucket(*OPENINGS, 0.0)
        self._sent: tuple[bytes | Worn, tuple[bytes, ...]] | None = (Worn.UNKNOWN, ())
        """What was dealt with last; None while something waits."""
        self._portrait: bytes | None = None
        self._base: Portrait | None = None
        """Of that; None where it cannot be shown."""
        self._read: dict[bytes, Expression | None] = {}
        """What came with it; None for what cannot be shown."""
        self._worn: PortraitSet | None = None
        self._is_waiting = False
        stage.conceal()

    @property
    def style(self) -> AvatarStyle:
        return self._stage.style

    @style.setter
    def style(self, style: AvatarStyle) -> None:
        self._stage.style = style
        self._styled = True

    def hear(self, level: float) -> None:
        """How loud the peer's voice is, 0 to 1."""
        self._stage.hear(level)

    def draw(self, params: FaceParams, now_ms: float) -> None:
        """Shows this face, on the newest portrait that came whole and what came with it."""
        sent = (self._wearing(), self._remote.expressions)
        if sent != self._sent:
            self._is_waiting = not self._follow(*sent, now_ms)
            self._sent = None if self._is_waiting else sent
        self._stage.draw(params, now_ms)

    def close(self) -> None:
        """Leaves the stage empty."""
        self._stage.close()

    def _wearing(self) -> bytes | Worn:
        if self._remote.wears_portrait:
            return self._remote.portrait or Worn.UNKNOWN
        return Worn.DRAWN if self._styled and self._remote.avatar else Worn.UNKNOWN

    def _follow(self, wearing: bytes | Worn, expressions: tuple[bytes, ...], now_ms: float) -> bool:
        """Puts on what was sent; False where that has to wait."""
        if isinstance(wearing, Worn):
            self._worn = None
            if wearing is Worn.DRAWN:
                self._stage.set_portrait(None)
            else:
                self._stage.conceal()
            return True
        base = self._base_of(wearing)
        if (base is None or self._worn is None or self._worn.base is not base) and (
            not self._is_waiting
        ):
            self._worn = None
            self._stage.conceal()
        if base is None:
            return True
        wanted = self._set_of(base, expressions)
        joins = self._worn is not None and wanted.continues(self._worn)
        if not joins and not self._openings.take(now_ms):  # to be made ready anew
            return False
        self._worn = wanted
        self._stage.set_portrait(wanted)
        return True

    def _base_of(self, portrait: bytes) -> Portrait | None:
        if portrait is not self._portrait:
            # Only now: most people come as drawn characters.
            from persona_core.portrait.portrait import Portrait

            self._portrait, self._base, self._read = portrait, None, {}
            try:
                self._base = Portrait.from_bytes(portrait)
            except PortraitError as error:
                self._on_error(error)
        return self._base

    def _set_of(self, base: Portrait, sent: tuple[bytes, ...]) -> PortraitSet:
        """What can be shown of it. What is worn already comes first, whatever its order: then the
        others join it."""
        from persona_core.portrait.expressions.portrait_set import PortraitSet

        self._read = {
            data: self._read[data] if data in self._read else self._expression_of(data, base)
            for data in sent
        }
        known = [expression for expression in self._read.values() if expression is not None]
        worn = () if self._worn is None else self._worn.expressions
        staying = [expression for expression in worn if expression in known]
        joining = [expression for expression in known if expression not in staying]
        return PortraitSet(base, (*staying, *joining))

    def _expression_of(self, data: bytes, base: Portrait) -> Expression | None:
        from persona_core.portrait.expressions.expression import Expression
        from persona_core.portrait.making.person_metric import same_person

        try:
            expression = Expression.from_bytes(data)
            if not same_person(base.landmarks, expression.landmarks):
                raise PortraitError("of somebody else than the portrait")
        except PortraitError as error:
            LOGGER.warning("an expression is left out: %s", error)
            self._remote.expressions_refused += 1
            return None
        return expression
