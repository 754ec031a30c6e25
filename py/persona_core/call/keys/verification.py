"""``Verification``: a short code by which two people make sure that nobody sits between them.

Everything that the two pages agreed on goes into the code, and a random number of each. Both
say first what their number hashes to, and only then the number, as ZRTP does (RFC 6189, section
4.4.1.1): whoever sits in between must choose without knowing what it leads to, and has one try
in a million with every page that is loaded. People compare the code by voice, or however they
trust each other.
"""

from __future__ import annotations

import hashlib
from typing import Final

from persona_core.wire.control import CodeCommitment, CodeNumber

NUMBER_BYTES: Final = 16
DIGITS: Final = 6


class Verification:
    """One pair of pages' way to a code. What is returned is to be said to the peer.

    Args:
        me: our peer id.
        peer: the other one's.
        transcript: what the pair's key was made with; see
            :func:`persona_core.call.keys.key_ring.pair_info`.
        number: our random one, 16 bytes.

    Attributes:
        code: six digits; None until both numbers are known.
    """

    def __init__(self, me: str, peer: str, transcript: bytes, number: bytes) -> None:
        self.code: str | None = None
        self._me = me
        self._peer = peer
        self._transcript = transcript
        self._number = number
        self._committed: bytes | None = None

    def begin(self) -> tuple[CodeCommitment | CodeNumber, ...]:
        """What to say when a path opens; saying it again harms nothing."""
        ours = CodeCommitment(_commitment(self._me, self._number))
        return (ours,) if self._committed is None else (ours, CodeNumber(self._number))

    def take_commitment(self, message: CodeCommitment) -> tuple[CodeNumber, ...]:
        """The peer is bound to its number, and may know ours. Only the first one counts."""
        if self._committed is None:
            self._committed = message.digest
        return (CodeNumber(self._number),)

    def take_number(self, message: CodeNumber) -> bool:
        """The peer's number came; False when it is not the one that was committed to."""
        if self._committed != _commitment(self._peer, message.number):
            return False
        numbers = {self._me: self._number, self._peer: message.number}
        parts = (self._transcript, *(numbers[peer] for peer in sorted(numbers)))
        hashed = hashlib.sha256(b"VirtualPersona short code" + b"\n".join(parts)).digest()
        self.code = f"{int.from_bytes(hashed, 'big') % 10**DIGITS:0{DIGITS}}"
        return True


def _commitment(peer: str, number: bytes) -> bytes:
    return hashlib.sha256(b"VirtualPersona commitment" + peer.encode() + number).digest()
