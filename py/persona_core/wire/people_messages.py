"""What people say of themselves and to each other: names, presence, chat, reactions.

``name`` is what the sender calls themselves; ``presence`` whether a camera moves their avatar, and
whether they raise a hand; ``chat`` is a line of text, to all or to the receiver alone; ``reaction``
is one of six. A page that knows no names skips them all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from persona_core.errors import ControlError
from persona_core.wire.control_fields import Fields, flag, text
from persona_core.wire.person_name import clean_name

MAX_RAW_NAME: Final = 400
"""Characters of a name before it is cleaned; what is longer is no name."""
MAX_CHAT: Final = 1_000
"""Characters (code points) of one chat line: emoji take twelve bytes of JSON each."""


class FaceSource(StrEnum):
    """What moves the sender's avatar."""

    CAMERA = "camera"
    DEMO = "demo"
    OFF = "off"


class ReactionKind(StrEnum):
    """What a person may show without a word."""

    LIKE = "like"
    HEART = "heart"
    APPLAUSE = "applause"
    LAUGHTER = "laughter"
    SURPRISE = "surprise"
    PARTY = "party"


@dataclass(frozen=True, slots=True)
class NameChange:
    """The sender's name from now on: clean, 0 to 40 characters, empty for none."""

    name: str


@dataclass(frozen=True, slots=True)
class Presence:
    """What is to be known of the sender beside the face.

    Attributes:
        source: what moves the avatar.
        has_hand_up: whether the sender asks for the floor.
    """

    source: FaceSource
    has_hand_up: bool = False


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """A line of text.

    Attributes:
        text: 1 to 1,000 characters, clean by :func:`clean_chat`.
        is_private: whether the receiver alone is meant.
    """

    text: str
    is_private: bool = False


@dataclass(frozen=True, slots=True)
class Reaction:
    """Shown over the sender's avatar for a moment."""

    kind: ReactionKind


PeopleMessage = NameChange | Presence | ChatMessage | Reaction


_TURNING: Final = dict.fromkeys(
    (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C, 0xFEFF)
)
_CONTROLS: Final = dict.fromkeys((*range(9), 11, 12, *range(14, 32), *range(127, 160)))
_SURROGATES: Final = dict.fromkeys(range(0xD800, 0xE000))


def clean_chat(line: str) -> str:
    """What can be shown of a line: without control characters, without those that turn the
    direction of writing (the page isolates each line), cut to 1,000 characters. Clean lines stay
    as they are; empty where nothing is left."""
    lines = line.replace("\r\n", "\n").replace("\r", "\n")
    return lines.translate(_TURNING | _CONTROLS | _SURROGATES).strip()[:MAX_CHAT].rstrip()


def people_fields(message: PeopleMessage) -> dict[str, Any]:
    """The JSON object of a message."""
    match message:
        case NameChange(name):
            return {"type": "name", "name": name}
        case Presence(source, has_hand_up):
            return {"type": "presence", "source": source, "hand": has_hand_up}
        case ChatMessage(line, is_private):
            return {"type": "chat", "text": line, "private": is_private}
        case Reaction(kind):
            return {"type": "reaction", "name": kind}


def _name(fields: Fields) -> NameChange:
    name = text(fields, "name")
    if len(name) > MAX_RAW_NAME:
        raise ControlError(f"a name of {len(name)} characters")
    return NameChange(clean_name(name))


def _presence(fields: Fields) -> Presence:
    source = text(fields, "source")
    known = FaceSource(source) if source in _SOURCES else FaceSource.OFF
    return Presence(known, flag(fields, "hand", False))


def _chat(fields: Fields) -> ChatMessage | None:
    line = text(fields, "text")
    if len(line) > MAX_CHAT:
        raise ControlError(f"a line of {len(line)} characters")
    line = clean_chat(line)
    return ChatMessage(line, flag(fields, "private", False)) if line else None


def _reaction(fields: Fields) -> Reaction | None:
    name = text(fields, "name")
    return Reaction(ReactionKind(name)) if name in _REACTIONS else None


_SOURCES: Final = frozenset(FaceSource)
_REACTIONS: Final = frozenset(ReactionKind)

PEOPLE_READERS: Final[dict[str, Callable[[Fields], PeopleMessage | None]]] = {
    "name": _name,
    "presence": _presence,
    "chat": _chat,
    "reaction": _reaction,
}
"""By ``type``: each raises ControlError, and gives None for what a newer page may say."""
