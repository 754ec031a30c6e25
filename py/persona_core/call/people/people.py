"""``People``: what the people of a call say of themselves and to each other, and their host.

One belongs to each engine whose page has names, from its making on; a room's host begins and ends
with the call. Nothing that comes from a peer raises into the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto
from typing import Protocol

from persona_core.call.invitation import Invitation
from persona_core.call.keys.founding import Founding
from persona_core.call.notices import Notice, NoticeCode
from persona_core.call.peer.peer_connection import PeerConnection
from persona_core.call.people.chat_log import ChatLine, ChatLog
from persona_core.call.people.host_role import HostRole, Person
from persona_core.call.people.name_plates import NamePlates
from persona_core.call.people.people_limits import OwnPace
from persona_core.call.ports import CallPorts
from persona_core.wire.control import ControlMessage
from persona_core.wire.host_messages import HostMessage, MuteRequest
from persona_core.wire.people_messages import (
    ChatMessage,
    FaceSource,
    NameChange,
    PeopleMessage,
    Presence,
    Reaction,
    ReactionKind,
    clean_chat,
)
from persona_core.wire.person_name import clean_name
from persona_core.wire.signaling import HostOrder


class Said(Enum):
    """What came of something that the person wanted to say."""

    SENT = auto()
    EMPTY = auto()
    TOO_FAST = auto()
    NOBODY = auto()
    """Nobody is there who could read it."""


class PeopleOwner(Protocol):
    """The call."""

    @property
    def connections(self) -> Sequence[PeerConnection]:
        """To everybody whom we met, in the order in which they were first seen."""
        ...

    def send_order(self, order: HostOrder) -> None:
        """Tells the server, if it can be reached."""
        ...

    def choose_anew(self) -> None:
        """Who is kept out may be another: looks at everybody again."""
        ...

    def end(self, notice: Notice) -> None:
        """The call is over, and not by the person's wish."""
        ...

    def on_people_changed(self) -> None:
        """Host, rules or names are others."""
        ...


class PeopleListener(Protocol):
    """The page."""

    def on_chat(self, line: ChatLine) -> None:
        """A line came, or ours went out."""
        ...

    def on_reaction(self, peer: str | None, kind: ReactionKind) -> None:
        """Somebody reacted; None: we did."""
        ...

    def on_mute_request(self) -> None:
        """The host asks us to mute."""
        ...


class People:
    """See the module.

    Attributes:
        listener: hears what happens; None for nobody.
        chat: the lines of this call.
    """

    def __init__(self, ports: CallPorts, owner: PeopleOwner) -> None:
        self.listener: PeopleListener | None = None
        self.chat = ChatLog()
        self._crypto = ports.crypto
        self._owner = owner
        self._pace = OwnPace(ports.clock)
        self._plates = NamePlates()
        self._name = ""
        self._presence = Presence(FaceSource.OFF)
        self._role: HostRole | None = None

    # What the person on this page does

    @property
    def name(self) -> str:
        """Our own; empty for none."""
        return self._name

    @property
    def presence(self) -> Presence:
        """Our own."""
        return self._presence

    def set_name(self, text: str) -> None:
        """Goes by another name, before those who are there and those who come."""
        name = clean_name(text)
        if name != self._name:
            self._name = name
            self.tell_all(NameChange(name))
            self._owner.on_people_changed()

    def set_presence(self, source: FaceSource, *, hand: bool) -> None:
        """Says what moves our avatar, and whether we raise a hand; once for each change."""
        presence = Presence(source, hand)
        if presence != self._presence:
            self._presence = presence
            self.tell_all(presence)
            self._owner.on_people_changed()

    def say(self, text: str, peer: str | None = None) -> Said:
        """Writes a line to everybody, or to one.

        Args:
            text: cut to 1,000 characters.
        """
        line = clean_chat(text)
        if not line:
            return Said.EMPTY
        readers = [one for one in self._owner.connections if peer in (None, one.remote.peer_id)]
        if not any(one.remote.path is not None for one in readers):
            return Said.NOBODY
        if not self._pace.take("chat"):
            return Said.TOO_FAST
        for reader in readers:
            reader.control_channel.say(ChatMessage(line, peer is not None))
        self._show(self.chat.add(None, line, is_private=peer is not None, receiver=peer))
        return Said.SENT

    def react(self, kind: ReactionKind) -> Said:
        """Shows a reaction to everybody, ourselves included."""
        if not self._pace.take("reaction"):
            return Said.TOO_FAST
        self.tell_all(Reaction(kind))
        if self.listener is not None:
            self.listener.on_reaction(None, kind)
        return Said.SENT

    # The host

    @property
    def is_host(self) -> bool:
        """Whether it is the person on this page."""
        return self._role is not None and self._role.is_ours

    @property
    def is_locked(self) -> bool:
        """Whether the room lets nobody in."""
        return self._role is not None and self._role.is_locked

    def is_hosted_by(self, peer: str) -> bool:
        """Whether a peer is the host."""
        connection = self._find(peer)
        key = None if connection is None else connection.sealed.signing_key
        return key is not None and self._role is not None and self._role.host == key

    def lock(self, locked: bool) -> None:
        """Lets nobody in from now on, or whoever has the link; of use for the host only."""
        if self._role is not None:
            self._role.lock(locked)

    def is_barred(self, peer: str) -> bool:
        """Whether a peer is kept out by the host's decision."""
        connection = self._find(peer)
        key = None if connection is None else connection.sealed.signing_key
        return key is not None and self.bars(key)

    def ask_to_mute(self, peer: str) -> None:
        """Asks a peer to mute; their page listens to the host only."""
        connection = self._find(peer)
        if connection is not None:
            connection.control_channel.say(MuteRequest())

    def remove(self, peer: str) -> None:
        """Puts the person out, with all seats of theirs; of use for the host only."""
        connection = self._find(peer)
        if self._role is not None and connection is not None:
            key = connection.sealed.signing_key
            if key is not None:
                self._role.remove(key)

    # Telling people apart

    def is_self(self, peer: str) -> bool:
        """Whether a peer is the person on this page, in another tab."""
        connection = self._find(peer)
        return connection is not None and connection.sealed.signing_key == self._own_key

    def number(self, peer: str) -> int:
        """1, or more for who is called as another one is."""
        return self._plates.number(peer)

    # For the engine

    def enter(self, invitation: Invitation, founding: Founding | None) -> None:
        """A call begins."""
        self.chat.clear()
        self._presence = Presence(self._presence.source)
        self._role = HostRole(self._crypto, invitation, founding, self)

    def leave(self) -> None:
        """The call is over."""
        role, self._role = self._role, None
        if role is not None:
            role.close()

    def greeting(self) -> tuple[ControlMessage, ...]:
        """What everybody is told who comes."""
        told = () if self._role is None else self._role.greeting()
        return (NameChange(self._name), self._presence, *told)

    def welcomed(self) -> None:
        """The server let us in, perhaps one that knows nothing of the room."""
        if self._role is not None:
            self._role.renew_order()

    def follow(self) -> None:
        """Somebody came, went, or is known better than before."""
        here = [one.remote for one in self._owner.connections if one.is_there]
        self._plates.follow((remote.peer_id, remote.name) for remote in here)
        if self._role is not None:
            self._role.follow()

    def bars(self, signing_key: bytes) -> bool:
        """Whether a person is to be kept out, by the host's decision."""
        return self._role is not None and self._role.bars(signing_key)

    def hear(self, connection: PeerConnection, message: PeopleMessage | HostMessage) -> None:
        """A peer said something."""
        remote = connection.remote
        match message:
            case NameChange(name):
                remote.name = name
            case Presence():
                remote.presence = message
            case ChatMessage(text, is_private):
                self._show(self.chat.add(remote.peer_id, text, is_private=is_private))
            case Reaction(kind):
                if self.listener is not None:
                    self.listener.on_reaction(remote.peer_id, kind)
            case _:
                key = connection.sealed.signing_key
                if self._role is not None and key is not None:
                    self._role.hear(key, message)

    # For the host's role

    def others(self) -> Sequence[Person]:
        met = [one for one in self._owner.connections if one.is_there]
        return [
            Person(one.remote.peer_id, key, self._may_host(one, key))
            for one in met
            if (key := one.sealed.signing_key) is not None
        ]

    def tell_all(self, message: ControlMessage) -> None:
        for connection in self._owner.connections:
            connection.control_channel.say(message)

    def send_order(self, order: HostOrder) -> None:
        self._owner.send_order(order)

    def on_role_changed(self) -> None:
        self._owner.choose_anew()
        self._owner.on_people_changed()

    def on_mute_request(self) -> None:
        if self.listener is not None:
            self.listener.on_mute_request()

    def on_shut_out(self, *, removed: bool) -> None:
        self._owner.end(Notice(NoticeCode.REMOVED if removed else NoticeCode.ROOM_LOCKED))

    # Inside

    @property
    def _own_key(self) -> bytes:
        return self._crypto.signer.public

    def _may_host(self, connection: PeerConnection, key: bytes) -> bool:
        knows = connection.remote.presence is not None and connection.remote.path is not None
        return knows and key != self._own_key and not self.bars(key)

    def _find(self, peer: str) -> PeerConnection | None:
        met = self._owner.connections
        return next((one for one in met if one.remote.peer_id == peer), None)

    def _show(self, line: ChatLine) -> None:
        if self.listener is not None:
            self.listener.on_chat(line)
