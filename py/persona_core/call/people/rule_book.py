"""``RuleBook``: what the hosts of a room decided, each signed by who decided it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from persona_core.call.invitation import Invitation
from persona_core.call.keys.founding import person_id
from persona_core.call.people.succession import room_digest
from persona_core.call.ports import Signer, Verify
from persona_core.wire.host_messages import MAX_ADMITTED, MAX_REMOVED, RoomRules

MAX_LEAP: Final = 2**20
"""By so much an heir's serial may go beyond all that are known. Who counts to the end of numbers
would leave none for the hosts before them in the line."""

_SEPARATOR: Final = "\n"


class RuleBook:
    """By signer, of those alone who stand in the line of hosts."""

    def __init__(self, invitation: Invitation, verify: Verify) -> None:
        self._digest = room_digest(invitation)
        self._verify = verify
        self._rules: dict[bytes, RoomRules] = {}

    def of(self, line: Sequence[bytes], host: bytes | None) -> RoomRules | None:
        """The rules that hold: the host's, or else those of the nearest one before in the line.

        Args:
            line: signing keys, the founder first.
            host: None while nobody of the line is in the room: then the last word holds.
        """
        end = len(line) if host is None else line.index(host) + 1
        return next((self._rules[key] for key in line[end - 1 :: -1] if key in self._rules), None)

    def own(self, signing_key: bytes) -> RoomRules | None:
        """What the owner of ``signing_key`` decided last."""
        return self._rules.get(signing_key)

    async def take(self, rules: RoomRules, line: Sequence[bytes]) -> bool:
        """Somebody handed rules on; whether they are new, and of who they say."""
        known = self._rules.get(rules.signer)
        if rules.signer not in line or (known is not None and known.serial >= rules.serial):
            return False
        highest = max((kept.serial for kept in self._rules.values()), default=0)
        if rules.signer != line[0] and rules.serial > highest + MAX_LEAP:
            return False
        if not await self._verify(rules.signer, rules.signature, self._text(rules)):
            return False
        self._rules = {key: kept for key, kept in self._rules.items() if key in line}
        self._rules[rules.signer] = rules
        return True

    async def write(
        self, signer: Signer, *, is_locked: bool, admitted: Sequence[str], removed: Sequence[str]
    ) -> RoomRules:
        """Signs new rules in our own name, in place of those before."""
        serial = 1 + max((kept.serial for kept in self._rules.values()), default=0)
        unsigned = RoomRules(
            signer.public,
            serial,
            is_locked,
            tuple(admitted[:MAX_ADMITTED]),
            tuple(removed[-MAX_REMOVED:]),
            b"",
        )
        signature = await signer.sign(self._text(unsigned))
        rules = RoomRules(
            unsigned.signer,
            serial,
            is_locked,
            unsigned.admitted,
            unsigned.removed,
            signature,
        )
        self._rules[signer.public] = rules
        return rules

    def _text(self, rules: RoomRules) -> bytes:
        """What is signed; ids of people hold no line breaks, and the counts part the lists."""
        words = (
            "VirtualPersona rules",
            self._digest,
            str(rules.serial),
            str(rules.is_locked),
            str(len(rules.admitted)),
            *rules.admitted,
            str(len(rules.removed)),
            *rules.removed,
        )
        return _SEPARATOR.join(words).encode()


def bars(rules: RoomRules, signing_key: bytes) -> bool:
    """Whether by these rules a person may not be in the room."""
    person = person_id(signing_key)
    return person in rules.removed or (rules.is_locked and person not in rules.admitted)
