"""How much one network address may do. Addresses are kept in memory only, and only as needed.

An IPv6 host chooses freely among a /64, and whoever rents a network has a /56 or a /48 of them. So
each of the three counts for itself, the wider ones with greater allowances.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from persona_core.base.token_bucket import TokenBucket

SWEEP_EVERY = 1024
"""Openings after which addresses with nothing left to remember are forgotten."""

IPV6_PREFIXES: Final = (64, 56, 48)

Caller = tuple[str, ...]
"""The networks that somebody belongs to, the narrowest first: one for IPv4, three for IPv6."""


@dataclass(slots=True)
class _Network:
    joins: TokenBucket
    questions: TokenBucket
    handshakes: TokenBucket
    sockets: int = 0


class AddressLimits:
    """Counts the open sockets, the handshakes and the joins of each network.

    All limits are those of the narrowest networks; each wider one has twice as much.

    Args:
        connections: sockets at once; 0 for any number.
        joins_per_minute: in the long run, and at once; 0 for any number. As many questions about
            rooms may be asked beside them.
        handshakes_per_minute: likewise.
    """

    def __init__(
        self, connections: int, joins_per_minute: int, handshakes_per_minute: int = 0
    ) -> None:
        self._connections = connections
        self._joins = joins_per_minute
        self._handshakes = handshakes_per_minute
        self._networks: dict[str, _Network] = {}
        self._openings = 0

    def __len__(self) -> int:
        """How many networks are remembered."""
        return len(self._networks)

    def may_connect(self, caller: Caller, now: float) -> bool:
        """Counts a handshake; False where there were too many."""
        if not self._handshakes:
            return True
        return all(network.handshakes.take(now) for network in self._known(caller, now))

    def open(self, caller: Caller, now: float) -> bool:
        """Counts a socket; False where the caller holds too many and this one must go.

        Each True is to be followed by one :meth:`close`.
        """
        networks = self._known(caller, now)
        if self._connections and any(
            network.sockets >= self._connections << width for width, network in enumerate(networks)
        ):
            return False
        for network in networks:
            network.sockets += 1
        return True

    def close(self, caller: Caller) -> None:
        for name in caller:
            self._networks[name].sockets -= 1

    def may_join(self, caller: Caller, now: float) -> bool:
        """Counts a join of an open socket's caller; False where there were too many."""
        return not self._joins or all(self._networks[name].joins.take(now) for name in caller)

    def may_ask(self, caller: Caller, now: float) -> bool:
        """Counts a question of an open socket's caller; False where there were too many."""
        return not self._joins or all(self._networks[name].questions.take(now) for name in caller)

    def _known(self, caller: Caller, now: float) -> list[_Network]:
        self._openings += 1
        if self._openings % SWEEP_EVERY == 0:
            self._sweep(now)
        return [
            self._networks.get(name) or self._new(name, width, now)
            for width, name in enumerate(caller)
        ]

    def _new(self, name: str, width: int, now: float) -> _Network:
        joins, handshakes = self._joins << width, self._handshakes << width
        made = self._networks[name] = _Network(
            TokenBucket(joins / 60.0, joins, now),
            TokenBucket(joins / 60.0, joins, now),
            TokenBucket(handshakes / 60.0, handshakes, now),
        )
        return made

    def _sweep(self, now: float) -> None:
        idle = [
            name
            for name, network in self._networks.items()
            if not network.sockets
            and network.joins.is_full(now)
            and network.questions.is_full(now)
            and network.handshakes.is_full(now)
        ]
        for name in idle:
            del self._networks[name]


class FairPlaces:
    """Places of which nobody takes more than are left, so that some are left for everybody else.

    One network alone takes half of them at most, two take a third each, and so on.
    """

    def __init__(self, total: int) -> None:
        self._left = total
        self._held: defaultdict[str, int] = defaultdict(int)

    @property
    def left(self) -> int:
        return self._left

    def take(self, caller: Caller) -> bool:
        """Takes a place for ``caller``; () is anybody, who is only bound by what is left."""
        if self._left <= 0 or any(self._held.get(name, 0) >= self._left for name in caller):
            return False
        self._left -= 1
        for name in caller:
            self._held[name] += 1
        return True

    def give_back(self, caller: Caller) -> None:
        self._left += 1
        for name in caller:
            self._held[name] -= 1
            if not self._held[name]:
                del self._held[name]


class TrustedProxies:
    """The reverse proxies that the operator trusts.

    Args:
        trusted: addresses and networks, or ``*`` for everybody.
    """

    def __init__(self, trusted: Iterable[str]) -> None:
        names = tuple(trusted)
        self._all = "*" in names
        self._networks = tuple(ip_network(name) for name in names if name != "*")

    def __contains__(self, host: str) -> bool:
        try:
            address = ip_address(host)
        except ValueError:
            return self._all
        return self._all or any(address in network for network in self._networks)


def caller_of(host: str | None) -> Caller:
    """Whom an address belongs to."""
    try:
        address = ip_address(host or "")
    except ValueError:
        return (host or "",)
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return (str(address.ipv4_mapped),)
        return tuple(address.packed[: prefix // 8].hex() for prefix in IPV6_PREFIXES)
    return (str(address),)
