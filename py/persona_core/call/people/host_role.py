"""``HostRole``: who is host of our room, what they decided, and our own decisions where it is us.

All that comes of signatures is done one after the other, in the order in which it was said.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from persona_core.base.serial import SerialWorker
from persona_core.call.invitation import Invitation
from persona_core.call.keys.founding import Founding, person_id
from persona_core.call.people.rule_book import RuleBook, bars
from persona_core.call.people.succession import Line
from persona_core.call.ports import Cryptography
from persona_core.wire.host_messages import (
    MAX_ADMITTED,
    MAX_REMOVED,
    HostMessage,
    MuteRequest,
    RoomRules,
    Succession,
)
from persona_core.wire.signaling import HostOrder

WAITING: Final = 64
"""Things that may wait for the cipher."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody else in the room.

    Attributes:
        signing_key: proven at their introduction.
        may_host: whether their page knows what a host is, and they are not to be kept out.
    """

    peer: str
    signing_key: bytes
    may_host: bool


class HostRoleOwner(Protocol):
    """The people of the call."""

    def others(self) -> Sequence[Person]:
        """Everybody whom the server names and who was introduced, in the order of arrival."""
        ...

    def tell_all(self, message: HostMessage) -> None: ...

    def send_order(self, order: HostOrder) -> None:
        """Tells the server, if it can be reached."""
        ...

    def on_role_changed(self) -> None:
        """Host or rules are others: who may be here must be looked at again."""
        ...

    def on_mute_request(self) -> None:
        """The host asks us to mute."""
        ...

    def on_shut_out(self, *, removed: bool) -> None:
        """The rules have no place for us: we were removed, or the room was locked before us."""
        ...


class HostRole:
    """One room's.

    Attributes:
        host: the signing key of who is host now; None where nobody is.
    """

    def __init__(
        self,
        crypto: Cryptography,
        invitation: Invitation,
        founding: Founding | None,
        owner: HostRoleOwner,
    ) -> None:
        self.host: bytes | None = None
        self._signer = crypto.signer
        self._line = Line(invitation, crypto.verify)
        self._book = RuleBook(invitation, crypto.verify)
        self._owner = owner
        self._ordered: HostOrder | None = None
        self._is_shut_out = False
        self._is_duty_due = False
        self._worker: SerialWorker[Callable[[], Awaitable[None]]] = SerialWorker(_do, WAITING)
        if founding is not None:
            self._line.found(self._signer.public, founding.nonce)

    @property
    def is_ours(self) -> bool:
        """Whether the person on this page is host."""
        return self.host is not None and self.host == self._signer.public

    @property
    def rules(self) -> RoomRules | None:
        """Those that hold; None where nothing was decided."""
        return self._book.of(self._line.keys, self.host)

    @property
    def is_locked(self) -> bool:
        rules = self.rules
        return rules is not None and rules.is_locked

    def greeting(self) -> tuple[HostMessage, ...]:
        """What everybody is told who comes."""
        told = (self._line.message, self.rules)
        return tuple(message for message in told if message is not None)

    def bars(self, signing_key: bytes) -> bool:
        """Whether a person may not be here. The host and the founder always may."""
        rules = self.rules
        spared = (self.host, self._line.founder, self._signer.public)
        return rules is not None and signing_key not in spared and bars(rules, signing_key)

    def hear(self, sender: bytes, message: HostMessage) -> None:
        """A peer said something of it.

        Args:
            sender: the peer's signing key.
        """
        match message:
            case Succession():
                self._worker.put(lambda: self._learn_line(message))
            case RoomRules():
                self._worker.put(lambda: self._learn_rules(message))
            case MuteRequest():
                self._worker.put(lambda: self._heed_request(sender))

    def follow(self) -> None:
        """Somebody came, went, or is known better than before."""
        host = self._line.host(
            {self._signer.public, *(one.signing_key for one in self._owner.others())}
        )
        was, self.host = self.host, host
        if self.is_ours:
            self._ask_for_duty()
        if host != was:
            self._owner.on_role_changed()

    def renew_order(self) -> None:
        """The server may have forgotten what it was told."""
        self._ordered = None
        if self.is_ours:
            self._ask_for_duty()

    def lock(self, locked: bool) -> None:
        """Lets nobody in who is not here, or everybody again; of use for the host only."""
        self._worker.put(lambda: self._decide(locked=locked))

    def remove(self, signing_key: bytes) -> None:
        """Puts a person out of the room while it lives; of use for the host only."""
        self._worker.put(lambda: self._decide(removed=person_id(signing_key)))

    def close(self) -> None:
        """We left: nothing of it matters any more."""
        self._worker.close()

    def _ask_for_duty(self) -> None:
        if not self._is_duty_due:
            self._is_duty_due = self._worker.put(self._do_duty)

    async def _learn_line(self, told: Succession) -> None:
        if await self._line.take(told):
            self.follow()
            self._look_again()

    async def _learn_rules(self, rules: RoomRules) -> None:
        if await self._book.take(rules, self._line.keys):
            self._look_again()

    async def _heed_request(self, sender: bytes) -> None:
        if sender == self.host:
            self._owner.on_mute_request()

    def _look_again(self) -> None:
        rules, own = self.rules, self._signer.public
        if self.is_ours:
            self._ask_for_duty()
        spared = own in (self.host, self._line.founder)
        if rules is not None and not spared and not self._is_shut_out and bars(rules, own):
            self._is_shut_out = True
            self._owner.on_shut_out(removed=person_id(own) in rules.removed)
            return
        self._owner.on_role_changed()

    async def _do_duty(self) -> None:
        """What a host owes the room: an heir, rules in the own name, the server's knowledge."""
        self._is_duty_due = False
        if not self.is_ours:
            return
        others = self._owner.others()
        rules, own = self.rules, self._signer.public
        if rules is not None and rules.signer != own:
            await self._write(rules)
        heir = self._line.heir_of(own)
        able = [one.signing_key for one in others if one.may_host and one.signing_key != own]
        if able and heir not in able:
            heir = able[0]
            await self._line.appoint(self._signer, heir)
            told = self._line.message
            if told is not None:
                self._owner.tell_all(told)
        self._order(heir)

    async def _decide(self, *, locked: bool | None = None, removed: str | None = None) -> None:
        if not self.is_ours:
            return
        rules = self.rules or _blank(self._signer.public)
        if locked is not None and locked is not rules.is_locked:
            here = (self._signer.public, *(one.signing_key for one in self._owner.others()))
            admitted = dict.fromkeys(map(person_id, here)) if locked else {}
            kept = [person for person in admitted if person not in rules.removed]
            rules = replace(rules, is_locked=locked, admitted=tuple(kept)[:MAX_ADMITTED])
        if removed is not None:
            gone = (*(one for one in rules.removed if one != removed), removed)
            left = tuple(one for one in rules.admitted if one != removed)
            rules = replace(rules, removed=gone[-MAX_REMOVED:], admitted=left)
        await self._write(rules)
        self._order(self._line.heir_of(self._signer.public))

    async def _write(self, wanted: RoomRules) -> None:
        rules = await self._book.write(
            self._signer,
            is_locked=wanted.is_locked,
            admitted=wanted.admitted,
            removed=wanted.removed,
        )
        self._owner.tell_all(rules)
        self._owner.on_role_changed()

    def _order(self, heir: bytes | None) -> None:
        others, rules = self._owner.others(), self.rules
        seats = [one.peer for one in others if one.signing_key == heir]
        removed: list[str] = []
        if rules is not None:
            removed = [one.peer for one in others if person_id(one.signing_key) in rules.removed]
        order = HostOrder(
            rules is not None and rules.is_locked,
            tuple(removed[:MAX_REMOVED]),
            seats[0] if seats else "",
        )
        if order != self._ordered:
            self._ordered = order
            self._owner.send_order(order)


def _blank(signer: bytes) -> RoomRules:
    return RoomRules(signer, 0, False, (), (), b"")


async def _do(work: Callable[[], Awaitable[None]]) -> None:
    await work()
