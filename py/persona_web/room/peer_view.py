"""The other person on the stage: their face in time, their character, never frozen."""

from __future__ import annotations

from persona_core.call.media.voice_mouth import SILENCE, VoiceFeatures, VoiceMouth
from persona_core.call.remote_peer import RemotePeer
from persona_core.drawn.characters import CHARACTERS
from persona_core.drawn.style import AvatarStyle
from persona_core.face.living_face import LivingFace
from persona_core.face.params import FaceParams
from persona_web.view.avatar import Avatar, HearingAvatar

UNKNOWN_STYLE = CHARACTERS[-1].style
"""What is drawn, unseen, of a peer who has not said what it looks like."""


class PeerView:
    """Draws one remote peer. A peer that falls silent goes on living: it blinks and breathes.

    Args:
        avatar: shows the peer; in :data:`UNKNOWN_STYLE` until the peer says its own.

    Attributes:
        is_known: whether the peer has said what it looks like; until then the avatar is not to be
            seen, for it is nobody.
    """

    def __init__(self, avatar: Avatar, remote: RemotePeer) -> None:
        self.remote = remote
        self.is_known = False
        self._avatar = avatar
        self._hearing = avatar if isinstance(avatar, HearingAvatar) else None
        self._mouth = VoiceMouth()
        self._living = LivingFace(seed=sum(remote.peer_id.encode()))
        self._described: object = None
        self._heard: FaceParams | None = None

    def dress(self) -> None:
        """Takes on the look that the peer describes, if it is another than before.

        Raises:
            StyleError: it cannot be drawn; the look stays as it was.
        """
        description = self.remote.avatar
        if not description or description is self._described:
            return
        self._described = description
        self._avatar.style = AvatarStyle.from_dict(description)
        self.is_known = True

    def sample(self, now_ms: float, voice: VoiceFeatures = SILENCE) -> FaceParams:
        """The face to show at ``now_ms``.

        Args:
            voice: what the peer's voice is like now. It moves the mouth of a peer whose face
                is not seen, because the camera is off or has lost it.
        """
        heard = self.remote.sample(now_ms)
        if heard is not None and heard is not self._heard:
            self._living.show(heard, now_ms)
        self._heard = heard
        shown = self._living.sample(now_ms)
        camera_off = heard is None or not heard.tracked
        return self._mouth.apply(shown, voice if camera_off else SILENCE, now_ms)

    def draw(self, now_ms: float, voice: VoiceFeatures = SILENCE) -> FaceParams:
        """Shows the peer as they are now; returns the face that was drawn."""
        face = self.sample(now_ms, voice)
        if self._hearing is not None:
            self._hearing.hear(voice.level)
        self._avatar.draw(face, now_ms)
        return face
