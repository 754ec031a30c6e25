"""What a page shows of one other person, and how they are called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from persona_core.call.peer.peer_machine import Quality
from persona_core.call.peer_choices import PeerChoice
from persona_core.wire.people_messages import FaceSource, Presence

if TYPE_CHECKING:
    from persona_web.bridge.page import Strings


@dataclass(frozen=True, slots=True)
class PersonView:
    """One other person.

    Attributes:
        label: the name as it is shown, of whoever it is.
        presence: None for a page that knows no names.
        muted: whether they have muted themselves.
        through_server: whether frames take the way through the server.
        volume: 0 to 1, here only.
        may_be_removed: whether the person on this page is host, and this is somebody else.
    """

    peer: str
    label: str
    presence: Presence | None
    muted: bool
    quality: Quality
    through_server: bool
    choice: PeerChoice
    is_host: bool
    speaks: bool
    volume: float
    may_be_removed: bool


def label_of(strings: Strings, name: str, number: int, *, is_self: bool) -> str:
    """How a person is called.

    Args:
        name: as they said it; empty for none.
        number: tells apart who is called the same; 1 says nothing.
        is_self: whether it is the person on this page, in another tab.
    """
    label = name or strings.text("people.guest")
    if number > 1:
        label = strings.text("people.numbered", name=label, number=number)
    return strings.text("people.other-tab", name=label) if is_self else label


def isolated(label: str) -> str:
    """A name within a sentence, whichever way either is written (Unicode Annex 9: FSI, PDI)."""
    return f"\u2068{label}\u2069"


def marks_of(presence: Presence | None, *, is_host: bool) -> tuple[str, ...]:
    """The last words of ``people.mark.<word>`` that hold."""
    found = ["host"] if is_host else []
    if presence is not None:
        if presence.has_hand_up:
            found.append("hand")
        if presence.source is not FaceSource.CAMERA:
            found.append(presence.source.value)
    return tuple(found)
