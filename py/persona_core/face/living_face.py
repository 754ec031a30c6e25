"""A face that never freezes: the real one while there is one, idle life while there is none.

Both ends of a call use it: the sender for a face that the tracker loses, the receiver for a
peer that falls silent.
"""

from __future__ import annotations

import math
from dataclasses import replace

from persona_core.face.blend import Crossfade
from persona_core.face.idle import IdleMotion
from persona_core.face.params import FaceParams
from persona_core.face.presence import FADE_OUT_MS, Presence, PresenceMachine

STALL_MS = 400.0
"""Nothing heard for so long counts as lost. Slow trackers deliver every 100 to 300 ms, and
their steps are shown as they come: a fade over each would cost one step of latency."""


class LivingFace:
    """Turns a stream of faces, with holes, into a face for any instant, without jumps.

    Args:
        seed: of the idle life.
    """

    def __init__(self, seed: int) -> None:
        self._idle = IdleMotion(seed)
        self._machine = PresenceMachine()
        self._crossfade = Crossfade()
        self._face: FaceParams | None = None
        self._shown: FaceParams | None = None
        self._heard_ms = -math.inf
        self._lag_ms = 0.0
        self._is_settled = False

    @property
    def presence(self) -> Presence:
        """What is shown."""
        return self._machine.state

    def show(self, face: FaceParams, now_ms: float) -> None:
        """A face was seen; ``face.time_ms`` may lie before ``now_ms`` by its way here."""
        self._is_settled = False
        self._catch_up(now_ms)
        was_seen = self._machine.sees_face
        self._machine.found(now_ms, self._crossfade.unfinished_ms(now_ms))
        if not was_seen:
            self._fade(now_ms, self._machine.fade_in_ms)
        self._face = face
        self._heard_ms = now_ms
        self._lag_ms = now_ms - face.time_ms

    def lose(self, now_ms: float) -> None:
        """A face was looked for and not seen."""
        self._is_settled = False
        self._catch_up(now_ms)
        self._machine.lost(now_ms)

    def soften(self, now_ms: float, duration_ms: float) -> None:
        """Fades over a jump that the next face is known to make."""
        self._fade(now_ms, duration_ms)

    def sample(self, now_ms: float) -> FaceParams:
        """The face at ``now_ms``.

        ``time_ms`` is the seen face's own, or ``now_ms`` less its usual lag while none is
        seen, and never steps back. ``tracked`` says whether a face is seen.
        """
        if self._is_settled and self._shown is not None and now_ms <= self._heard_ms + STALL_MS:
            return self._shown
        self._catch_up(now_ms)
        face = self._face
        if face is None or not self._machine.shows_face:
            face = self._idle.sample(now_ms)
        is_seen = self._machine.sees_face
        time_ms = face.time_ms if is_seen else now_ms - self._lag_ms
        if self._shown is not None:
            time_ms = max(time_ms, self._shown.time_ms)
        face = self._crossfade.apply(face, now_ms)
        if face.time_ms != time_ms or face.tracked is not is_seen:
            face = replace(face, time_ms=time_ms, tracked=is_seen)
        self._shown = face
        # The seen face, as it is: nothing changes until there is another, or none.
        self._is_settled = face is self._face and self.presence is Presence.TRACKING
        return face

    def _catch_up(self, now_ms: float) -> None:
        stalled_ms = self._heard_ms + STALL_MS
        if self._machine.sees_face and now_ms > stalled_ms:
            self._machine.lost(stalled_ms)
        was_shown = self._machine.shows_face
        self._machine.advance(now_ms)
        if was_shown and not self._machine.shows_face:
            self._fade(now_ms, FADE_OUT_MS)

    def _fade(self, now_ms: float, duration_ms: float) -> None:
        self._is_settled = False
        if self._shown is not None:
            self._crossfade.start(self._shown, now_ms, duration_ms)
