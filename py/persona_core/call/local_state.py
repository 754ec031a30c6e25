"""``LocalState``: what we show of ourselves, told to every peer who comes."""

from __future__ import annotations

from collections.abc import Sequence

from persona_core.call.peer.portrait_upload import OwnPortrait
from persona_core.call.remote_peer import BARE_FACE
from persona_core.face.emotions import Emotion
from persona_core.wire import codec
from persona_core.wire.control import (
    AvatarChange,
    AvatarDict,
    ControlMessage,
    EmotionChange,
    Hello,
    RecordingState,
    VoiceState,
    encode_control,
)


class LocalState:
    """Each change gives the message that tells of it.

    Args:
        app: this page's version, for the peers' reports.

    Attributes:
        portrait: the one worn over the drawn avatar, with its expressions.
    """

    def __init__(self, app: str) -> None:
        self.portrait: OwnPortrait | None = None
        self._app = app
        self._avatar: AvatarDict = {}
        self._emotion = BARE_FACE
        self._voice: VoiceState | None = None
        self._recording = RecordingState(running=False)

    def greeting(self) -> tuple[ControlMessage, ...]:
        """What a peer is told first."""
        told: list[ControlMessage] = [self._hello(self._avatar, self.portrait)]
        if self._emotion != BARE_FACE:
            told.append(self._emotion)
        if self._voice is not None:
            told.append(self._voice)
        if self._recording.running:
            told.append(self._recording)
        return tuple(told)

    def wear(self, avatar: AvatarDict) -> AvatarChange:
        """Raises ControlError for what cannot be told; the old avatar stays."""
        encode_control(self._hello(avatar, self.portrait))
        self._avatar = avatar
        return self._change()

    def wear_portrait(
        self, portrait: bytes | None, expressions: Sequence[bytes] = ()
    ) -> AvatarChange:
        """Raises ControlError for what is too large; the old portrait stays."""
        worn = None if portrait is None else OwnPortrait.of(portrait, expressions)
        encode_control(self._hello(self._avatar, worn))
        self.portrait = worn
        return self._change()

    def feel(self, emotion: Emotion | None, intensity: float) -> EmotionChange:
        self._emotion = EmotionChange(emotion, intensity)
        return self._emotion

    def mute(self, muted: bool) -> VoiceState:
        self._voice = VoiceState(not muted)
        return self._voice

    def record(self, running: bool) -> RecordingState:
        self._recording = RecordingState(running)
        return self._recording

    def _change(self) -> AvatarChange:
        portrait = self.portrait
        if portrait is None:
            return AvatarChange(self._avatar)
        return AvatarChange(self._avatar, portrait.name, portrait.expressions)

    def _hello(self, avatar: AvatarDict, portrait: OwnPortrait | None) -> Hello:
        if portrait is None:
            return Hello(codec.VERSION, self._app, avatar)
        return Hello(codec.VERSION, self._app, avatar, portrait.name, portrait.expressions)
