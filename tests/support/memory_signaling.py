"""The signaling server's rules without its sockets: for tests that move time by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tests.support.world import ManualTime

from persona_core.call.keys.identity import is_proven
from persona_core.call.ports import SocketListener
from persona_core.errors import SignalingError
from persona_core.wire.relay_frame import encode_relay_frame, parse_relay_frame
from persona_core.wire.signaling import (
    CLOSE_CODES,
    SIGN_OF_LIFE_SECONDS,
    AskIceServers,
    ClientMessage,
    CloseCode,
    Closing,
    ErrorCode,
    ErrorMessage,
    HostOrder,
    IceServers,
    Join,
    Leave,
    Limits,
    Member,
    PeerJoined,
    PeerLeft,
    PeerLost,
    Ping,
    Pong,
    Reject,
    Relay,
    RelayFrame,
    ServerMessage,
    Welcome,
)
from persona_core.wire.signaling_json import encode_server_message, parse_client_message
from persona_server.rooms import Registry, Seat

LIMITS = Limits(message_bytes=16_384, messages_per_second=20.0, burst=80, room_size=2)
PRESENCE_MS = 15_000.0
"""So long after Redis is back a process that is not heard of counts as dead."""
RELAYING = replace(LIMITS, relay_bytes=256, relay_per_second=40.0)


class MemoryServer:
    """A server that can be stopped and started; opens sockets for all pages of a test.

    It may be several processes behind Redis, among which sockets are dealt out. While Redis is
    away each knows of the others' people what it knew, and nothing passes between them; see
    :mod:`persona_server.redis_switchboard`.

    Attributes:
        processes: how many they are.
        resume_ms: how long the seat of a socket that broke is kept.
        limits: what it tells of what it allows.
        ice: the ICE servers that it names.
        seat_token: what it gives with ``welcome`` and each ``pong``.
        joins: all that were asked for.
        orders: of hosts, and of who would like to be one.
        obeys_hosts: whether it does what they say.
        frames: relay frames that were forwarded.
        asks_for_proof: whether it makes sure that peer ids belong to those who join.
        tamper: changes or drops (None) each sealed message on its way; for hostile servers.
    """

    def __init__(self, time: ManualTime, *, room_size: int = 2, delay_ms: float = 10.0) -> None:
        self.time = time
        self.delay_ms = delay_ms
        self.resume_ms = 0.0
        self.limits = LIMITS
        self.ice = IceServers()
        self.seat_token = ""
        self.joins: list[Join] = []
        self.orders: list[HostOrder] = []
        self.obeys_hosts = True
        self.frames: list[RelayFrame] = []
        self.tamper: Callable[[Relay], Relay | None] = lambda relay: relay
        self.sockets: list[MemorySocket] = []
        self.relayed: list[Relay] = []
        self.opened = 0
        self.asks_for_proof = True
        self.processes = 1
        self._redis_is_up = True
        self._room_size = room_size
        self._up = True
        self._new_registry()

    def _new_registry(self) -> None:
        self.registry: Registry[MemorySocket] = Registry(
            room_size=self._room_size, max_rooms=10, max_peers=100
        )

    def open(self, url: str, listener: SocketListener) -> MemorySocket:
        self.opened += 1
        socket = MemorySocket(self, listener, self.opened % self.processes)
        if self._up:
            self.sockets.append(socket)
            socket.tell(listener.on_socket_open)
        else:
            socket.tell(lambda: socket.lose(CloseCode.BROKEN))
        return socket

    def stop(self, *, politely: bool = False) -> None:
        """Forgets everybody and takes no more sockets."""
        self._up = False
        sockets, self.sockets = self.sockets, []
        self._new_registry()
        for socket in sockets:
            socket.seat = None
            if politely:
                socket.post(Closing(5_000))
            code = CloseCode.RESTARTING if politely else CloseCode.BROKEN
            socket.tell(lambda socket=socket, code=code: socket.lose(code))

    def start(self) -> None:
        self._up = True

    def lose_redis(self) -> None:
        self._redis_is_up = False

    def find_redis(self) -> None:
        """Every process tells its people who came meanwhile, and after a while who went."""
        self._redis_is_up = True
        for socket in self.sockets:
            if socket.seat is None:
                continue
            there = {seat.peer: seat for seat in self._others(socket)}
            for peer, seat in there.items():
                if socket.told.get(peer) != seat.life:
                    socket.post(_news_of(seat))
            if socket.told.keys() - there.keys():
                self.time.call_later(PRESENCE_MS, lambda socket=socket: self._tell_gone(socket))

    def connects(self, one: str, other: str) -> bool:
        """Whether anything passes between two peers, as far as the processes are concerned."""
        processes = {
            socket.process
            for socket in self.sockets
            if socket.seat is not None and socket.seat.peer in (one, other)
        }
        return self._redis_is_up or len(processes) <= 1

    def receive(self, socket: MemorySocket, text: str) -> None:
        if socket not in self.sockets:
            return
        socket.doubted = False
        try:
            self._obey(socket, parse_client_message(text))
        except SignalingError as error:
            reason = ErrorCode(error.code)
            code = CLOSE_CODES[reason] or CloseCode.NORMAL
            self.drop(socket)
            socket.tell(lambda: socket.lose(code, reason))

    def receive_bytes(self, socket: MemorySocket, data: bytes) -> None:
        if socket not in self.sockets or socket.seat is None:
            return
        frame = parse_relay_frame(data)
        self.frames.append(frame)
        other = self._find(socket, frame.peer)
        if other is not None and other.line in self.sockets:
            other.line.post_bytes(encode_relay_frame(replace(frame, peer=socket.seat.peer)))

    def break_socket(self, socket: MemorySocket) -> None:
        """The socket broke; its seat is kept for a while."""
        if socket in self.sockets:
            self.sockets.remove(socket)
        self.time.call_later(self.resume_ms, lambda: self.drop(socket))

    def drop(self, socket: MemorySocket) -> None:
        """The socket is gone; the others hear that its peer left."""
        if socket in self.sockets:
            self.sockets.remove(socket)
        seat, socket.seat = socket.seat, None
        for other in (seat and self.registry.leave(seat)) or ():
            assert seat is not None
            if self._reaches(socket, other.line):
                other.line.post(PeerLeft(seat.peer))

    def _obey(self, socket: MemorySocket, message: ClientMessage) -> None:
        match message:
            case Join():
                self._join(socket, message)
            case Relay(peer=peer):
                self.relayed.append(message)
                assert socket.seat is not None
                told = self.tamper(replace(message, peer=socket.seat.peer))
                if told is not None:
                    self._forward(socket, peer, told)
            case Reject(peer, code):
                assert socket.seat is not None
                self._forward(socket, peer, Reject(socket.seat.peer, code))
            case Ping():
                socket.post(Pong(self.seat_token))
            case Pong():
                pass
            case PeerLost(peer):
                other = self._find(socket, peer)
                if other is not None:
                    self._doubt(other.line)
            case AskIceServers():
                socket.post(self.ice)
            case Leave():
                self.drop(socket)
            case HostOrder():
                self._order(socket, message)

    def _order(self, socket: MemorySocket, order: HostOrder) -> None:
        self.orders.append(order)
        assert socket.seat is not None
        if not self.obeys_hosts:
            return
        try:
            removed = self.registry.order(socket.seat, order)
        except SignalingError:
            socket.post(ErrorMessage(ErrorCode.NOT_HOST, ""))
            return
        for seat in removed:
            line = seat.line
            self.drop(line)
            line.tell(lambda line=line: line.lose(CloseCode.NO_PLACE, ErrorCode.REMOVED))

    def _doubt(self, socket: MemorySocket) -> None:
        """Somebody has lost the peer: it has to give a sign of life."""

        def give_up() -> None:
            if socket.doubted:
                self.drop(socket)
                socket.tell(lambda: socket.lose(CloseCode.TRY_LATER, ErrorCode.SILENT))

        if socket in self.sockets and not socket.doubted:
            socket.doubted = True
            socket.post(Ping())
            self.time.call_later(1000.0 * SIGN_OF_LIFE_SECONDS, give_up)

    def _join(self, socket: MemorySocket, join: Join) -> None:
        self.joins.append(join)
        if self.asks_for_proof and not is_proven(join):
            raise SignalingError(code=ErrorCode.PEER_UNPROVEN)
        joined = self.registry.join(join, socket)
        socket.seat = joined.seat
        if joined.replaced is not None:
            older = joined.replaced.line
            if older in self.sockets:
                self.sockets.remove(older)
            older.seat = None
            older.told.clear()
            older.tell(lambda: older.lose(CloseCode.RULES_BROKEN, ErrorCode.REPLACED))
        if joined.is_news:
            seat = joined.seat
            for other in joined.others:
                if self._reaches(socket, other.line):
                    other.line.post(_news_of(seat))
        known = {
            peer for other in self.sockets if other.process == socket.process for peer in other.told
        }
        members = tuple(
            Member(other.peer, other.order, other.life, other.key_package)
            for other in joined.others
            if self._reaches(socket, other.line) or other.peer in known
        )
        order, token = joined.seat.order, self.seat_token
        socket.post(Welcome(join.peer, order, members, self.limits, self.ice, token))

    def _forward(self, socket: MemorySocket, peer: str, message: ServerMessage) -> None:
        other = self._find(socket, peer)
        if other is not None:
            other.line.post(message)

    def _reaches(self, socket: MemorySocket, other: MemorySocket) -> bool:
        return self._redis_is_up or socket.process == other.process

    def _find(self, socket: MemorySocket, peer: str) -> Seat[MemorySocket] | None:
        """The seat of a peer whom ``socket`` can reach."""
        assert socket.seat is not None
        other = self.registry.find(socket.seat.room, peer)
        return other if other is not None and self._reaches(socket, other.line) else None

    def _others(self, socket: MemorySocket) -> list[Seat[MemorySocket]]:
        assert socket.seat is not None
        members = self.registry.members(socket.seat.room)
        return [seat for seat in members if seat.peer != socket.seat.peer]

    def _tell_gone(self, socket: MemorySocket) -> None:
        if self._redis_is_up and socket in self.sockets and socket.seat is not None:
            for peer in socket.told.keys() - {seat.peer for seat in self._others(socket)}:
                socket.post(PeerLeft(peer))


def _news_of(seat: Seat[MemorySocket]) -> PeerJoined:
    return PeerJoined(seat.peer, seat.order, seat.life, seat.key_package)


class MemorySocket:
    """Both ends of one socket; what travels takes the server's delay and keeps its order.

    Attributes:
        process: which of the server's holds it.
        told: whom the page has been told of, with the lives of their pages.
    """

    def __init__(self, server: MemoryServer, listener: SocketListener, process: int = 0) -> None:
        self.seat: Seat[MemorySocket] | None = None
        self.process = process
        self.told: dict[str, str] = {}
        self.doubted = False
        self._server = server
        self._listener: SocketListener | None = listener

    def send(self, text: str) -> None:
        if self._listener is not None:
            self._server.time.call_later(
                self._server.delay_ms, lambda: self._server.receive(self, text)
            )

    def send_bytes(self, data: bytes) -> bool:
        if self._listener is not None:
            self._server.time.call_later(
                self._server.delay_ms, lambda: self._server.receive_bytes(self, data)
            )
        return self._listener is not None

    def close(self, code: int = 1000) -> None:
        self._listener = None
        self._server.time.call_later(self._server.delay_ms, lambda: self._server.break_socket(self))

    def post(self, message: ServerMessage) -> None:
        match message:
            case Welcome(peers=peers):
                self.told = {member.peer: member.life for member in peers}
            case PeerJoined(peer=peer, life=life):
                self.told[peer] = life
            case PeerLeft(peer=peer):
                self.told.pop(peer, None)
        self.inject(encode_server_message(message))

    def post_bytes(self, data: bytes) -> None:
        listener = self._listener
        if listener is not None:
            self.tell(lambda: listener.on_socket_bytes(data))

    def inject(self, text: str) -> None:
        """Says ``text`` to the page, whatever it is."""
        listener = self._listener
        if listener is not None:
            self.tell(lambda: listener.on_socket_text(text))

    def tell(self, act: object) -> None:
        assert callable(act)

        def unless_closed() -> None:
            if self._listener is not None:
                act()

        self._server.time.call_later(self._server.delay_ms, unless_closed)

    def lose(self, code: int, reason: str = "") -> None:
        """The page's end breaks."""
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.on_socket_closed(code, reason)
