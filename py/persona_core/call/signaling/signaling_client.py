"""Runs a :class:`SignalingMachine` over real sockets: the engine's way to the server."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Final, Protocol

from persona_core.base.backoff import Backoff
from persona_core.base.countdown import Countdown
from persona_core.call.notices import Notice, NoticeCode, refusal_notice
from persona_core.call.ports import CallPorts, Socket
from persona_core.call.signaling.pacing import Pacer
from persona_core.call.signaling.signaling_machine import (
    DEADLINE_MS,
    SETTLE_MS,
    SignalingCommand,
    SignalingEvent,
    SignalingMachine,
    SignalingState,
)
from persona_core.errors import IllegalEventError, SignalingError
from persona_core.wire.relay_frame import encode_relay_frame, parse_relay_frame
from persona_core.wire.signaling import (
    ClientMessage,
    Closing,
    ErrorCode,
    ErrorMessage,
    IceServers,
    Join,
    Leave,
    PeerJoined,
    PeerLeft,
    Ping,
    Pong,
    Reject,
    Relay,
    RelayFrame,
    RoomAnswer,
    Welcome,
)
from persona_core.wire.signaling_json import encode_client_message, parse_server_message

LOGGER = logging.getLogger(__name__)

QUIET_ATTEMPTS: Final = 2
"""Failures in a row before the person is told: the first retry comes at once and often works."""

HEARTBEAT_MS: Final = 30_000.0
"""Pause between our pings."""
SILENCE_MS: Final = 75_000.0
"""A socket on which nothing came for so long is dead, though the platform may not know yet."""

PROBE_MS: Final = 5_000.0
"""How long the server may take to answer where there is reason to doubt the socket."""

FULL_WAIT_MS: Final = 15_000.0
"""How long a server without a place is left alone, at least."""

RoomMessage = Welcome | PeerJoined | PeerLeft | Relay | Reject | IceServers


class SignalingListener(Protocol):
    """Hears the client."""

    def on_room_message(self, message: RoomMessage) -> None: ...

    def on_relay_frame(self, frame: RelayFrame) -> None: ...

    def on_signaling_changed(self) -> None:
        """The state is another one."""
        ...

    def on_signaling_notice(self, notice: Notice) -> None: ...


class SignalingClient:
    """One membership in one room; joins again by itself."""

    def __init__(self, ports: CallPorts, url: str, join: Join, listener: SignalingListener) -> None:
        self._ports = ports
        self._url = url
        self._join = join
        self._listener = listener
        self._backoff = Backoff(ports.random)
        self._machine = SignalingMachine(self._backoff)
        self._socket: Socket | None = None
        self._timer = Countdown(ports.scheduler, self._timer_due)
        self._heart = Countdown(ports.scheduler, self._beat)
        self._silence = Countdown(ports.scheduler, self._fall_silent)
        self._pacer = Pacer(ports.clock, ports.scheduler, self._say_text)
        self._told: NoticeCode | None = None
        self._taciturn = False

    @property
    def state(self) -> SignalingState:
        return self._machine.state

    @property
    def is_open(self) -> bool:
        """Whether messages reach the server now."""
        return self.state is SignalingState.JOINED

    def join(self) -> None:
        self._run(self._machine.handle(SignalingEvent.JOIN))

    def retry_now(self) -> None:
        """Does not wait any longer; nothing when there is nothing to wait for."""
        if self.state is SignalingState.WAITING_RETRY:
            self._run(self._machine.handle(SignalingEvent.RETRY_NOW))

    def probe(self) -> None:
        """There is reason to doubt the socket: does not wait long to find out."""
        if self.is_open:
            self._say(Ping())
            self._silence.start(PROBE_MS)
        else:
            self.retry_now()

    def leave(self) -> None:
        self._run(self._machine.handle(SignalingEvent.LEAVE))

    def abandon(self) -> None:
        """Goes without a farewell: the server keeps the seat for a while."""
        self._taciturn = True
        self.leave()

    def send(self, message: ClientMessage) -> bool:
        """Sends to the server; False when it cannot be reached."""
        if not self.is_open or self._socket is None:
            return False
        peer = message.peer if isinstance(message, Relay | Reject) else ""
        return self._pacer.put(peer, encode_client_message(message))

    def send_frame(self, frame: RelayFrame) -> bool:
        """Sends something perishable through the server; False when it cannot go out now."""
        if not self.is_open or self._socket is None:
            return False
        return self._socket.send_bytes(encode_relay_frame(frame))

    def on_socket_open(self) -> None:
        self._step(SignalingEvent.SOCKET_OPENED)

    def on_socket_bytes(self, data: bytes) -> None:
        if not self.is_open:
            return
        try:
            frame = parse_relay_frame(data)
        except SignalingError as error:
            LOGGER.warning("relay frame refused: %s", error)
            return
        self._listener.on_relay_frame(frame)

    def on_socket_text(self, text: str) -> None:
        if self.is_open:
            self._silence.start(SILENCE_MS)
        try:
            message = parse_server_message(text)
        except SignalingError as error:
            LOGGER.warning("server message refused: %s", error)
            return
        match message:
            case Pong(seat_token):
                self._keep(seat_token)
            case Ping():
                self._say(Pong())
            case Closing(retry_ms):
                self._machine.server_closing(retry_ms)
                self._listener.on_signaling_notice(Notice(NoticeCode.SERVER_CLOSING))
            case ErrorMessage(code, detail):
                # Whatever is final comes with a close code, which decides.
                LOGGER.info("server error: %s %s", code, detail)
            case Welcome():
                # Known before the room hears of it, so that it can answer.
                if self._step(SignalingEvent.WELCOMED):
                    self._told = None
                    self._keep(message.seat_token)
                    limits = message.limits
                    self._pacer.start(limits.messages_per_second, limits.burst)
                    self._heart.start(HEARTBEAT_MS)
                    self._silence.start(SILENCE_MS)
                    self._listener.on_room_message(message)
            case RoomAnswer():
                LOGGER.warning("an answer to no question of ours")
            case _ if self.is_open:
                self._listener.on_room_message(message)

    def on_socket_closed(self, code: int, reason: str) -> None:
        self._socket = None
        if reason == ErrorCode.SERVER_FULL:
            self._machine.server_closing(FULL_WAIT_MS)
        self._run(self._machine.socket_closed(code))
        if self.state is SignalingState.REFUSED:
            self._listener.on_signaling_notice(refusal_notice(code, reason))
        elif reason == ErrorCode.ROOM_HELD:
            # Full, for somebody may be coming back: the server is well, and so are we.
            LOGGER.info("the last place is held for somebody")
        elif reason == ErrorCode.SERVER_FULL:
            self._tell_once(Notice(NoticeCode.SERVER_FULL, detail=str(code)))
        elif self._backoff.attempts >= QUIET_ATTEMPTS:
            self._tell_once(Notice(NoticeCode.SERVER_UNREACHABLE, detail=str(code)))

    def _keep(self, seat_token: str) -> None:
        """Shows it in the next join."""
        if seat_token:
            self._join = replace(self._join, seat_token=seat_token)

    def _tell_once(self, notice: Notice) -> None:
        """Tells what keeps us out, once for as long as it does."""
        if notice.code is not self._told:
            self._told = notice.code
            self._listener.on_signaling_notice(notice)

    def _step(self, event: SignalingEvent) -> bool:
        """Takes a step that the network asked for; False when it came out of turn."""
        try:
            commands = self._machine.handle(event)
        except IllegalEventError as error:
            LOGGER.warning("%s", error)
            return False
        self._run(commands)
        return True

    def _run(self, commands: tuple[SignalingCommand, ...]) -> None:
        for command in commands:
            self._do(command)
        if not self.is_open:
            self._pacer.stop()
            self._heart.stop()
            self._silence.stop()
        self._listener.on_signaling_changed()

    def _do(self, command: SignalingCommand) -> None:
        match command:
            case SignalingCommand.OPEN_SOCKET:
                self._socket = self._ports.sockets.open(self._url, self)
            case SignalingCommand.CLOSE_SOCKET:
                self._close_socket()
            case SignalingCommand.SEND_JOIN:
                self._say(self._join)
            case SignalingCommand.SEND_LEAVE:
                if not self._taciturn:
                    self._say(Leave())
            case SignalingCommand.START_DEADLINE:
                self._timer.start(DEADLINE_MS)
            case SignalingCommand.START_SETTLING:
                self._timer.start(SETTLE_MS)
            case SignalingCommand.START_RETRY:
                self._timer.start(self._machine.next_retry_ms())
            case SignalingCommand.STOP_TIMER:
                self._timer.stop()
            case SignalingCommand.RESET_BACKOFF:
                self._machine.reset_backoff()

    def _say(self, message: ClientMessage) -> None:
        self._say_text(encode_client_message(message))

    def _say_text(self, text: str) -> None:
        if self._socket is not None:
            self._socket.send(text)

    def _beat(self) -> None:
        self._say(Ping())
        self._heart.start(HEARTBEAT_MS)

    def _fall_silent(self) -> None:
        LOGGER.warning("the signaling socket fell silent")
        self._close_socket()
        self._run(self._machine.handle(SignalingEvent.SOCKET_LOST))

    def _close_socket(self) -> None:
        socket, self._socket = self._socket, None
        if socket is not None:
            socket.close()

    def _timer_due(self) -> None:
        self._run(self._machine.handle(SignalingEvent.TIMER_DUE))
