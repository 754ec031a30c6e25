"""Uvicorn's configuration with all that our protocol classes are given: what the operator set, and
who may hold a connection before a WebSocket comes of it."""

from __future__ import annotations

from typing import Any, Protocol

import uvicorn

from persona_server.addresses import AddressLimits, Caller, FairPlaces, TrustedProxies, caller_of


class DoorSettings(Protocol):
    """What of an operator's settings these are about, as in
    :class:`~persona_server.config.ServerConfig`."""

    @property
    def host(self) -> str: ...

    @property
    def port(self) -> int: ...

    @property
    def max_http(self) -> int: ...

    @property
    def address_http(self) -> int: ...

    @property
    def request_seconds(self) -> float: ...

    @property
    def trusted_proxies(self) -> tuple[str, ...]: ...

    @property
    def messages_per_second(self) -> float: ...

    @property
    def message_burst(self) -> int: ...

    @property
    def ping_seconds(self) -> float: ...

    @property
    def drop_seconds(self) -> float: ...


class Door:
    """Counts the connections that are no WebSocket, or none yet, in all and by address.

    A trusted proxy speaks for many people and counts them itself: only the whole bounds it.
    """

    def __init__(self, config: DoorSettings) -> None:
        self._places = FairPlaces(config.max_http)
        self._addresses = AddressLimits(config.address_http, 0)
        self._proxies = TrustedProxies(config.trusted_proxies)

    def enter(self, host: str, now: float) -> Caller | None:
        """Counts a connection from ``host``; None where it must go.

        Otherwise :meth:`leave` is to be told what this returned.
        """
        caller = () if host in self._proxies else caller_of(host)
        if not self._places.take(caller):
            return None
        if not self._addresses.open(caller, now):
            self._places.give_back(caller)
            return None
        return caller

    def leave(self, caller: Caller) -> None:
        self._places.give_back(caller)
        self._addresses.close(caller)


class GuardedConfig(uvicorn.Config):
    """
    Attributes:
        settings: of the operator.
        door: shared by all connections.
    """

    def __init__(self, app: Any, settings: DoorSettings, **options: Any) -> None:
        super().__init__(app, **options)
        self.settings = settings
        self.door = Door(settings)
