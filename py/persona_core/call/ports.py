"""What a call needs from the world, as typed ports.

The browser implements them in ``persona_web.bridge``; the tests implement them in memory.
The composition root of a page chooses one, once. Rules that every implementation keeps:

* Methods return at once. Whatever comes later comes through the listener, never from inside
  the method that caused it (no re-entrance).
* After ``close()`` no listener method is called any more, and every further call is a no-op.
* Times are milliseconds of one monotonic clock whose zero is arbitrary.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from persona_core.base.ports import Clock, Scheduler
from persona_core.wire.signaling import IceServer

DescriptionKind = Literal["offer", "answer"]
ConnectionState = Literal["new", "connecting", "connected", "disconnected", "failed", "closed"]


class SocketListener(Protocol):
    """Hears one signaling socket."""

    def on_socket_open(self) -> None: ...

    def on_socket_text(self, text: str) -> None: ...

    def on_socket_bytes(self, data: bytes) -> None: ...

    def on_socket_closed(self, code: int, reason: str) -> None:
        """The socket is gone; 1006 when it broke or never opened. Last call."""
        ...


class Socket(Protocol):
    """One WebSocket."""

    def send(self, text: str) -> None: ...

    def send_bytes(self, data: bytes) -> bool:
        """Sends something perishable; False when closed or too much waits already."""
        ...

    def close(self, code: int = 1000) -> None: ...


class SocketFactory(Protocol):
    """Opens signaling sockets."""

    def open(self, url: str, listener: SocketListener) -> Socket: ...


class PeerListener(Protocol):
    """Hears one peer connection."""

    def on_negotiation_needed(self) -> None: ...

    def on_local_description(self, kind: DescriptionKind, sdp: str) -> None:
        """The answer to :meth:`PeerTransport.make_offer` or to an accepted offer."""
        ...

    def on_candidate(self, candidate: str) -> None:
        """A local ICE candidate, as the JSON text of ``RTCIceCandidate.toJSON()``."""
        ...

    def on_connection_state(self, state: ConnectionState) -> None: ...

    def on_channels_open(self) -> None:
        """Both data channels can be written."""
        ...

    def on_frame(self, data: bytes) -> None:
        """A parameter frame from the unreliable channel."""
        ...

    def on_control(self, text: str) -> None:
        """A message from the reliable channel."""
        ...

    def on_control_drained(self) -> None:
        """What waited on the reliable channel has left, all but a little."""
        ...

    def on_audio(self, track: object) -> None:
        """The peer's voice can be heard from now on; an opaque handle of the platform."""
        ...

    def on_transport_error(self, detail: str) -> None:
        """A candidate or a voice was refused by the platform."""
        ...

    def on_negotiation_stuck(self, detail: str) -> None:
        """The platform refused the peer's description, or could make none of its own: what was
        begun comes to no end on this transport."""
        ...


class PeerTransport(Protocol):
    """One ``RTCPeerConnection`` with its two channels.

    ``params`` (negotiated, id 0, unordered, no retransmits) carries parameter frames;
    ``control`` (negotiated, id 1, reliable, ordered) carries text. Accepting an offer while
    an own offer is pending rolls the own one back, as the platform does by itself.
    """

    def make_offer(self) -> None: ...

    def accept_description(self, kind: DescriptionKind, sdp: str) -> None: ...

    def add_candidate(self, candidate: str) -> None: ...

    def set_audio(self, track: object | None) -> None:
        """Sends this voice from now on, an opaque handle of the platform; None: none.

        The first offer has room for the voices of both sides, so nothing is negotiated for one.
        """
        ...

    def restart_ice(self) -> None:
        """Fresh ICE credentials; leads to ``on_negotiation_needed``."""
        ...

    def send_frame(self, data: bytes) -> bool:
        """Sends on the unreliable channel; False when closed or its buffer is full."""
        ...

    def send_control(self, text: str) -> bool: ...

    def control_backlog(self) -> int:
        """Bytes on the reliable channel that have not left yet; 0 when it is closed."""
        ...

    def close(self) -> None: ...


class PeerTransportFactory(Protocol):
    """Makes peer connections."""

    def configure(self, servers: tuple[IceServer, ...], *, relay_only: bool) -> None:
        """What holds for connections and ICE restarts from now on.

        Args:
            servers: those that the signaling server named, beside the site's own.
            relay_only: only paths through a TURN server, which hide our addresses.
        """
        ...

    def create(self, listener: PeerListener) -> PeerTransport:
        """A fresh connection.

        Raises:
            TransportError: the platform refuses; ``no-webrtc`` where it has no connections at all.
        """
        ...


class Sealer(Protocol):
    """Authenticated encryption under one key (AES-256-GCM)."""

    async def seal(self, plain: bytes, associated: bytes) -> bytes:
        """Nonce (12 bytes) + ciphertext + tag; ``associated`` is authenticated, not sent."""
        ...

    async def unseal(self, sealed: bytes, associated: bytes) -> bytes:
        """The plain bytes.

        Raises:
            WrongSecretError: another key, other associated data, or altered bytes.
        """
        ...


class Signer(Protocol):
    """A person's signing key (ECDSA, P-256, SHA-256), kept on the device where it can be."""

    @property
    def public(self) -> bytes:
        """65 bytes: an uncompressed point (SEC 1, 2.3.3)."""
        ...

    async def sign(self, data: bytes) -> bytes:
        """64 bytes: r, then s (IEEE P1363)."""
        ...


class KeyAgreement(Protocol):
    """The ephemeral key of one page in one room (ECDH, P-256)."""

    @property
    def public(self) -> bytes:
        """65 bytes: an uncompressed point (SEC 1, 2.3.3)."""
        ...

    async def derive_sealer(self, public: bytes, secret: bytes, salt: bytes, info: bytes) -> Sealer:
        """The key shared with the owner of ``public``: HKDF-SHA-256 over ECDH's, then ``secret``.

        Raises:
            SignalingError: ``bad-key-package``: ``public`` is no point of the curve.
        """
        ...


Verify = Callable[[bytes, bytes, bytes], Awaitable[bool]]
"""Whether a signing key (65 bytes) made a signature (64 bytes) over data, in this order; False
for what is no key or no signature."""


class Cryptography(Protocol):
    """The platform's."""

    @property
    def signer(self) -> Signer:
        """The person's signing key."""
        ...

    async def agree(self) -> KeyAgreement:
        """A fresh key."""
        ...

    async def verify(self, public: bytes, signature: bytes, data: bytes) -> bool:
        """See :data:`Verify`."""
        ...

    async def derive_sealer(self, secret: bytes, salt: bytes, info: bytes) -> Sealer:
        """HKDF-SHA-256 to a 32-byte key."""
        ...


@dataclass(frozen=True, slots=True)
class CallPorts:
    """Everything a call needs from the world.

    Attributes:
        token_bytes: gives that many bytes fit for cryptography.
        random: gives uniform numbers in [0, 1), for jitter only.
    """

    sockets: SocketFactory
    peers: PeerTransportFactory
    crypto: Cryptography
    clock: Clock
    scheduler: Scheduler
    token_bytes: Callable[[int], bytes]
    random: Callable[[], float]
