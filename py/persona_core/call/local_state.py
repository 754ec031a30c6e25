"""``LocalState``: what we show of ourselves, told to every peer who comes."""

from __future__ import annotations

from persona_core.call.peer.portrait_transfer import OwnPortrait
from persona_core.call.remote_peer import BARE_FACE
from persona_core.face.emotions import Emotion
from persona_core.wire import codec
from persona_core.wire.control import (
    AvatarChange,
    AvatarDict,
    ControlMessage,
    EmotionChange,
    Hello,
    PortraitName,
    VoiceState,
    encode_control,
)


class LocalState:
    """Each change gives the message that tells of it.

    Args:
        app: this page's version, for the peers' reports.

    Attributes:
        portrait: the one worn over the drawn avatar.
    """

    def __init__(self, app: str) -> None:
        self.portrait: OwnPortrait | None = None
        self._app = app
        self._avatar: AvatarDict = {}
        self._emotion = BARE_FACE
        self._voice: VoiceState | None = None

    def greeting(self) -> tuple[ControlMessage, ...]:
        """What a peer is told first."""
        told: list[ControlMessage] = [self._hello(self._avatar)]
        if self._emotion != BARE_FACE:
            told.append(self._emotion)
        if self._voice is not None:
            told.append(self._voice)
        return tuple(told)

    def wear(self, avatar: AvatarDict) -> AvatarChange:
        """Raises ControlError for what cannot be told; the old avatar stays."""
        encode_control(self._hello(avatar))
        self._avatar = avatar
        return AvatarChange(avatar, self._portrait_name)

    def wear_portrait(self, portrait: bytes | None) -> AvatarChange:
        """Raises ControlError for one too large; the old portrait stays."""
        self.portrait = None if portrait is None else OwnPortrait.of(portrait)
        return AvatarChange(self._avatar, self._portrait_name)

    def feel(self, emotion: Emotion | None, intensity: float) -> EmotionChange:
        self._emotion = EmotionChange(emotion, intensity)
        return self._emotion

    def mute(self, muted: bool) -> VoiceState:
        self._voice = VoiceState(not muted)
        return self._voice

    @property
    def _portrait_name(self) -> PortraitName | None:
        return None if self.portrait is None else self.portrait.name

    def _hello(self, avatar: AvatarDict) -> Hello:
        return Hello(codec.VERSION, self._app, avatar, self._portrait_name)
