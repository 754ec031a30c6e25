"""Which of the ICE servers somebody configured a browser would take.

A browser that is given one it does not take makes no connection at all: it throws. So what it
would not take is found before, told, and left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from persona_core.wire.signaling import IceServer

MAX_PORT: Final = 65_535
MAX_USERNAME_BYTES: Final = 508
"""Of STUN's USERNAME attribute: fewer than 509 bytes (RFC 8489, section 14.3)."""

_ADDRESS: Final = re.compile(
    # RFC 7064 and 7065, section 3.1; the host is a name, an IPv4 or a bracketed IPv6 address.
    r"(?P<scheme>stuns?|turns?):(?:[A-Za-z0-9][A-Za-z0-9._-]{0,252}|\[[0-9A-Fa-f:.]{2,45}\])"
    r"(?::(?P<port>[0-9]{1,5}))?(?P<transport>\?transport=(?:udp|tcp))?"
)


@dataclass(frozen=True, slots=True)
class CheckedServers:
    """What came of a check.

    Attributes:
        servers: those that can be used.
        problems: a sentence for each entry or address that was left out, with no secret in it.
    """

    servers: tuple[IceServer, ...]
    problems: tuple[str, ...]


def check_servers(entries: Iterable[object]) -> CheckedServers:
    """Checks ``RTCIceServer`` objects as JSON has them. Never raises, whatever the entries are."""
    servers: list[IceServer] = []
    problems: list[str] = []
    for number, entry in enumerate(entries, start=1):
        server, found = _check(entry)
        problems += [f"ICE server {number} is left out: {problem}" for problem in found]
        if server is not None:
            servers.append(server)
    return CheckedServers(tuple(servers), tuple(problems))


def _check(entry: object) -> tuple[IceServer | None, list[str]]:
    if not isinstance(entry, Mapping):
        return None, ["it is no object with urls"]
    urls = entry.get("urls")
    addresses = [urls] if isinstance(urls, str) else urls
    if not isinstance(addresses, list | tuple) or not addresses:
        return None, ["its urls are neither an address nor a list of addresses"]
    username, credential = (entry.get(name) or "" for name in ("username", "credential"))
    if not (isinstance(username, str) and isinstance(credential, str)):
        return None, ["its username and credential are not both texts"]
    problems, good = [], []
    for address in addresses:
        problem = _problem(address, username, credential)
        if problem is None:
            good.append(address)
        else:
            problems.append(problem)
    return (IceServer(tuple(good), username, credential) if good else None), problems


def _problem(address: object, username: str, credential: str) -> str | None:
    parts = _ADDRESS.fullmatch(address) if isinstance(address, str) else None
    if parts is None or not 1 <= int(parts["port"] or 1) <= MAX_PORT:
        return f"{str(address)[:100]!r} is no address such as stun:host:3478 or turn:host:3478"
    relays = parts["scheme"].startswith("turn")
    if parts["transport"] and not relays:
        return f"{address!r} names a transport, which only turn: and turns: addresses may"
    if relays and not (username and credential):
        return f"{address!r} needs a username and a credential"
    if relays and len(username.encode(errors="replace")) > MAX_USERNAME_BYTES:
        return f"the username for {address!r} is longer than {MAX_USERNAME_BYTES} bytes"
    return None
