"""One root for every error that a person or a log may see.

``code`` is a stable kebab-case word: it names the sentence shown to the person
(catalogue key ``error.<code>``) and appears in logs and reports.
"""

from __future__ import annotations

from typing import ClassVar


class PersonaError(Exception):
    """Root of all errors of this project.

    Args:
        detail: what happened, for logs; never shown raw to the person.
        code: overrides the class's ``code`` where one class covers several causes.
    """

    default_code: ClassVar[str] = "internal"

    def __init__(self, detail: str = "", *, code: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or self.default_code

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}" if self.detail else self.code


class WireError(PersonaError):
    """A parameter frame that cannot be decoded."""

    default_code = "bad-frame"


class TruncatedFrameError(WireError):
    """A frame shorter than its own header says."""

    default_code = "truncated-frame"


class UnsupportedVersionError(WireError):
    """A frame or greeting from a peer on another wire version."""

    default_code = "unsupported-version"


class SignalingError(PersonaError):
    """A signaling message that breaks the protocol."""

    default_code = "bad-message"


class ControlError(PersonaError):
    """A message on the reliable channel that breaks the protocol."""

    default_code = "bad-control"


class InvitationError(PersonaError):
    """A link that leads to no room."""

    default_code = "no-room-in-link"


class WrongSecretError(PersonaError):
    """Sealed signaling that our room key does not open."""

    default_code = "wrong-secret"


class IllegalEventError(PersonaError):
    """A state machine was given an event that its state does not allow; nothing changed."""

    default_code = "illegal-event"


class StyleError(PersonaError):
    """An avatar description that cannot be drawn."""

    default_code = "bad-style"


class PortraitError(PersonaError):
    """A portrait that cannot be shown: damaged, of another version or too large."""

    default_code = "bad-portrait"


class PhotoError(PersonaError):
    """A photo of which no portrait can be made."""

    default_code = "photo-failed"


class CameraError(PersonaError):
    """The camera is missing, refused, busy or gone."""

    default_code = "camera-failed"


class MicrophoneError(PersonaError):
    """The microphone is missing, refused, busy or gone."""

    default_code = "microphone-failed"


class ModelError(PersonaError):
    """A model's files could not be had, or the model cannot be used here."""

    default_code = "model-failed"


class ManifestError(ModelError):
    """A model's description that cannot be used."""

    default_code = "bad-manifest"


class ServerError(PersonaError):
    """The signaling server refused us or cannot be reached."""

    default_code = "server-unreachable"


class TransportError(PersonaError):
    """The platform cannot make a connection to another page."""

    default_code = "transport-failed"


class EffectError(PersonaError):
    """Settings of effects that mean nothing."""

    default_code = "bad-effects"


class SurfaceError(PersonaError):
    """A graphics API that is missing, or refuses to show the avatar."""

    default_code = "surface-failed"


class BootError(PersonaError):
    """A part of the page could not be started."""

    default_code = "boot-failed"
