"""How much one network address may do. Addresses are kept in memory only, and only as needed."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from persona_server.limits import TokenBucket

SWEEP_EVERY = 1024
"""Openings after which addresses with nothing left to remember are forgotten."""


@dataclass(slots=True)
class _Caller:
    joins: TokenBucket
    sockets: int = 0


class AddressLimits:
    """Counts the open sockets and the joins of each address.

    Args:
        connections: sockets at once; 0 for any number.
        joins_per_minute: in the long run, and at once; 0 for any number.
    """

    def __init__(self, connections: int, joins_per_minute: int) -> None:
        self._connections = connections
        self._joins = joins_per_minute
        self._callers: dict[str, _Caller] = {}
        self._openings = 0

    def __len__(self) -> int:
        """How many addresses are remembered."""
        return len(self._callers)

    def open(self, address: str, now: float) -> bool:
        """Counts a socket; False where the address holds too many and this one must go.

        Each True is to be followed by one :meth:`close`.
        """
        self._openings += 1
        if self._openings % SWEEP_EVERY == 0:
            self._sweep(now)
        caller = self._callers.get(address)
        if caller is None:
            bucket = TokenBucket(self._joins / 60.0, self._joins, now)
            caller = self._callers[address] = _Caller(bucket)
        if self._connections and caller.sockets >= self._connections:
            return False
        caller.sockets += 1
        return True

    def close(self, address: str) -> None:
        self._callers[address].sockets -= 1

    def may_join(self, address: str, now: float) -> bool:
        """Counts a join of an open socket's address; False where there were too many."""
        return not self._joins or self._callers[address].joins.take(now)

    def _sweep(self, now: float) -> None:
        idle = [
            address
            for address, caller in self._callers.items()
            if not caller.sockets and caller.joins.is_full(now)
        ]
        for address in idle:
            del self._callers[address]


def caller_of(host: str | None) -> str:
    """Whom an address belongs to: IPv6 hosts choose freely among a /64, so that counts as one."""
    try:
        address = ip_address(host or "")
    except ValueError:
        return host or ""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return address.packed[:8].hex()
    return str(address)
