"""What Prometheus may read at ``/metrics``: counts of this process, nothing about anybody."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from ipaddress import ip_address
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector, generate_latest

from persona_core.wire.signaling import RELAY_KINDS, ErrorCode, Reject, Relay
from persona_server.rooms import Joined

if TYPE_CHECKING:
    from persona_server.switchboard import Line, Switchboard

PREFIX = "virtualpersona"


class Metrics:
    """Counters and gauges of one hub, in a registry of its own.

    Args:
        sockets: how many sockets are open now.
    """

    def __init__(self, sockets: Callable[[], int], switchboard: Switchboard) -> None:
        registry = self._registry = CollectorRegistry()
        ProcessCollector(namespace=PREFIX, registry=registry)

        def gauge(name: str, text: str, read: Callable[[], float]) -> None:
            Gauge(name, text, namespace=PREFIX, registry=registry).set_function(read)

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(name, text, labels, namespace=PREFIX, registry=registry)

        gauge("sockets", "Open signaling sockets.", sockets)
        gauge("rooms", "Rooms that somebody is in.", lambda: switchboard.room_count)
        gauge("peers", "Peers with a seat.", lambda: switchboard.peer_count)
        gauge("held_seats", "Seats kept for broken sockets.", lambda: switchboard.held_count)
        if "redis" in switchboard.health:
            connected = "Whether rooms are shared now."
            gauge("redis_connected", connected, lambda: switchboard.health["redis"] == "connected")
        self._joins = counter("joins", "Joins: new people, new sockets, new pages.", "kind")
        self._refusals = counter("refusals", "Sockets refused or ended, by error code.", "code")
        messages = counter("messages", "Sealed messages handed on, by kind.", "kind")
        self._messages = {kind: messages.labels(kind) for kind in (*RELAY_KINDS, "reject")}
        frames = counter("frames", "Relay frames, handed on or dropped.", "fate")
        self._frames_relayed = frames.labels("relayed")
        self._frames_dropped = frames.labels("dropped")
        self._frame_bytes = counter("frame_bytes", "Sealed bytes of the relay frames handed on.")

    def joined(self, joined: Joined[Line]) -> None:
        if joined.replaced is None:
            kind = "arrived"
        else:
            kind = "reloaded" if joined.is_news else "reconnected"
        self._joins.labels(kind).inc()

    def refused(self, code: ErrorCode) -> None:
        self._refusals.labels(code.value).inc()

    def message_relayed(self, message: Relay | Reject) -> None:
        self._messages[message.kind if isinstance(message, Relay) else "reject"].inc()

    def frame_relayed(self, size: int) -> None:
        self._frames_relayed.inc()
        self._frame_bytes.inc(size)

    def frame_dropped(self) -> None:
        self._frames_dropped.inc()

    def render(self) -> bytes:
        """The text format of Prometheus, version 0.0.4."""
        return generate_latest(self._registry)


def may_read(token: str, authorization: str, host: str | None) -> bool:
    """Whether a request may see the metrics.

    Args:
        token: what the operator set; empty: only requests from this machine may.
        authorization: the request's ``Authorization`` header.
        host: the address it came from.
    """
    if token:
        return hmac.compare_digest(f"Bearer {token}".encode(), authorization.encode())
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return False
