"""``Line``: who is host of a room, by what can be proven.

    founder ── will ──► heir ── will ──► heir of the heir ...

The founder is proven by the room's secret (:mod:`persona_core.call.keys.founding`). Who is host
names an heir all along, signed; the host is the first in the line who is in the room. So a host
who leaves, or whose device dies, has handed the room on already, and who comes back is host again.
Anybody may tell the line to others: nobody can put themselves into it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection

from persona_core.call.invitation import Invitation
from persona_core.call.keys.founding import is_founder
from persona_core.call.ports import Signer, Verify
from persona_core.wire.host_messages import MAX_HEIRS, Succession, Will


class Line:
    """The line of hosts of one room."""

    def __init__(self, invitation: Invitation, verify: Verify) -> None:
        self.founder: bytes | None = None
        self._invitation = invitation
        self._verify = verify
        self._nonce = b""
        self._wills: dict[bytes, Will] = {}

    @property
    def keys(self) -> tuple[bytes, ...]:
        """The signing keys of all in the line, the founder first; nobody twice."""
        if self.founder is None:
            return ()
        keys = [self.founder]
        while (will := self._wills.get(keys[-1])) is not None and will.heir not in keys:
            keys.append(will.heir)
        return tuple(keys)

    @property
    def message(self) -> Succession | None:
        """What to tell others; None while no founder is known."""
        if self.founder is None:
            return None
        wills = [self._wills[key] for key in self.keys if key in self._wills]
        return Succession(self.founder, self._nonce, tuple(wills[:MAX_HEIRS]))

    def host(self, present: Collection[bytes]) -> bytes | None:
        """The signing key of the host, if one of the line is among those present."""
        return next((key for key in self.keys if key in present), None)

    def heir_of(self, key: bytes) -> bytes | None:
        """Whom the owner of ``key`` wants as host while they are away."""
        will = self._wills.get(key)
        return None if will is None else will.heir

    def found(self, founder: bytes, nonce: bytes) -> bool:
        """Somebody says that this one made the room; whether it is proven."""
        if self.founder is None and is_founder(self._invitation, founder, nonce):
            self.founder, self._nonce = founder, nonce
        return self.founder == founder

    async def take(self, told: Succession) -> bool:
        """Learns what is proven of what a peer told. Whether the line is another one now."""
        was = (self.founder, self.keys)
        if not self.found(told.founder, told.nonce):
            return False
        issuer, met = told.founder, {told.founder}
        for will in told.wills:
            known = self._wills.get(issuer)
            if known is None or known.serial < will.serial:
                if not await self._is_signed(issuer, will):
                    break
                self._wills[issuer] = will
            elif known.heir != will.heir:
                break  # an older will: what follows hangs on it
            issuer = will.heir
            if issuer in met:
                break
            met.add(issuer)
        self._forget_strangers()
        return (self.founder, self.keys) != was

    async def appoint(self, signer: Signer, heir: bytes) -> None:
        """Names our own heir; of use only for who stands in the line."""
        known = self._wills.get(signer.public)
        serial = 1 if known is None else known.serial + 1
        signature = await signer.sign(self._text(heir, serial))
        self._wills[signer.public] = Will(heir, serial, signature)
        self._forget_strangers()

    async def _is_signed(self, issuer: bytes, will: Will) -> bool:
        return await self._verify(issuer, will.signature, self._text(will.heir, will.serial))

    def _text(self, heir: bytes, serial: int) -> bytes:
        """What is signed; no field but the last can hold a line break."""
        return f"VirtualPersona will\n{room_digest(self._invitation)}\n{serial}\n".encode() + heir

    def _forget_strangers(self) -> None:
        keys = self.keys[: MAX_HEIRS + 1]
        self._wills = {key: will for key, will in self._wills.items() if key in keys}


def room_digest(invitation: Invitation) -> str:
    """Names a room with its secret in what is signed: it holds in no other room."""
    text = b"VirtualPersona room" + invitation.secret + invitation.room.encode()
    return hashlib.sha256(text).hexdigest()
