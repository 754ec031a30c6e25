"""``Mail``: sealed letters to and from one peer, in order, whatever becomes of single ones."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final, Protocol

from persona_core.call.sealing import STALE_LIFE, Envelope, Letter
from persona_core.call.serial import SerialWorker
from persona_core.call.signaling import Relay, RelayKind
from persona_core.errors import SignalingError, WrongSecretError

LOGGER = logging.getLogger(__name__)

MAIL_LIMIT: Final = 128
"""Letters that may wait for the cipher: several rounds of negotiation."""


class MailReader(Protocol):
    """Reads what comes in."""

    def on_letter(self, letter: Letter) -> None: ...

    def on_wrong_secret(self) -> None:
        """Something came that our key does not open."""
        ...

    def on_bad_mail(self) -> None:
        """Something came that was replayed or made no sense."""
        ...

    def on_stale_mail(self, kind: RelayKind) -> None:
        """Something came for the page that was here before ours was loaded."""
        ...


class Mail:
    """Both directions of one peer's sealed mail.

    Args:
        send: takes a sealed message; what cannot be sent is lost, and a new negotiation follows.
    """

    def __init__(
        self, envelope: Envelope, peer_id: str, send: Callable[[Relay], object], reader: MailReader
    ) -> None:
        self._envelope = envelope
        self._peer_id = peer_id
        self._send = send
        self._reader = reader
        self._out: SerialWorker[Letter] = SerialWorker(self._seal, MAIL_LIMIT)
        self._in: SerialWorker[Relay] = SerialWorker(self._open, MAIL_LIMIT)

    def post(self, letter: Letter) -> None:
        """Seals and sends."""
        self._out.put(letter)

    def deliver(self, relay: Relay) -> None:
        """Opens what the server brought and hands it to the reader."""
        self._in.put(relay)

    def close(self) -> None:
        """Drops what still waits. The reader hears nothing more."""
        self._out.close()
        self._in.close()

    async def _seal(self, letter: Letter) -> None:
        self._send(await self._envelope.seal(self._peer_id, letter))

    async def _open(self, relay: Relay) -> None:
        try:
            letter = await self._envelope.open(relay)
        except WrongSecretError:
            self._reader.on_wrong_secret()
        except SignalingError as error:
            if error.code == STALE_LIFE:
                self._reader.on_stale_mail(relay.kind)
                return
            LOGGER.warning("letter refused: %s", error)
            self._reader.on_bad_mail()
        else:
            self._reader.on_letter(letter)
