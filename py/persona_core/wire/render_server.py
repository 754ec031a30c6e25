"""The render server that a site's configuration names, and whose it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import urljoin, urlsplit

from persona_core.wire.rendering import KEY_PATTERN, MAX_SIDE

USUAL_SIDE: Final = 256
MAX_OPERATOR: Final = 100
_SOCKETS: Final = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}
_UNSEEN: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class RenderServer:
    """
    Attributes:
        url: of its WebSocket.
        operator: who runs it, as people know them. Nothing is offered of a server that is nobody's.
        side: of the pictures to ask for, pixels.
        key: the operator's access key; whoever can read the site can read it.
        rooms: whether it is told of a room and the permission that its link holds, which do instead
            of a key. Whoever knows both can enter the room, where they read nothing.
    """

    url: str
    operator: str
    side: int = USUAL_SIDE
    key: str = ""
    rooms: bool = False

    @classmethod
    def from_config(cls, config: object, root: str) -> Self | None:
        """What ``render`` of a site's ``config.json`` names; None where it names none that can be
        used.

        Args:
            root: of the site, to which the address may be relative.
        """
        if not isinstance(config, dict):
            return None
        url, operator = config.get("url"), config.get("operator")
        side, key = config.get("side", USUAL_SIDE), config.get("key", "")
        if not (isinstance(url, str) and url and isinstance(operator, str)):
            return None
        operator = _UNSEEN.sub("", operator).strip()[:MAX_OPERATOR]
        try:
            address = urlsplit(urljoin(root, url.strip()))
            host = address.hostname
        except ValueError:
            return None
        scheme = _SOCKETS.get(address.scheme)
        if scheme is None or not host or address.username or not operator:
            return None
        if type(side) is not int or not 1 <= side <= MAX_SIDE:
            return None
        if not isinstance(key, str) or not KEY_PATTERN.fullmatch(key):
            return None
        url = address._replace(scheme=scheme, fragment="").geturl()
        return cls(url, operator, side, key, config.get("rooms") is True)

    @property
    def identity(self) -> str:
        """What a person agrees to: this address of this operator, and no other; and what it is
        told."""
        return f"{self.url} {self.operator}" + (" rooms" if self.rooms else "")
