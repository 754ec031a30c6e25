"""The ICE servers a peer may use, with TURN credentials made for it.

Time-limited credentials follow coturn's REST scheme (draft-uberti-behave-turn-rest-00; coturn's
``use-auth-secret``): the user name is ``<expiry>:<name>``, the password is the base64 of
HMAC-SHA-1 over it with the secret that both servers know. So coturn asks nobody, and what leaks
is worth little.

All people behind one network address have one name, so that coturn's quota of a user holds for
them together, however often they join. It is a keyed hash: coturn learns no more than it sees.
"""

from __future__ import annotations

import base64
import hmac
from hashlib import sha256

from persona_core.wire.signaling import IceServer, IceServers
from persona_server.config import ServerConfig

EXPIRIES_PER_TTL = 2
"""Expiries are rounded down to so many a lifetime, which bounds the valid names of an address."""


def ice_servers_for(network: str, config: ServerConfig, now: float) -> IceServers:
    """What somebody of ``network`` is told at ``now`` (Unix time in seconds)."""
    if not config.turn_urls:
        return IceServers(config.ice_servers)
    step = max(1, config.turn_ttl_seconds // EXPIRIES_PER_TTL)
    expiry = (int(now) + config.turn_ttl_seconds) // step * step
    username = f"{expiry}:{_name_of(network, config.turn_secret)}"
    turn = IceServer(config.turn_urls, username, turn_password(config.turn_secret, username))
    return IceServers((*config.ice_servers, turn), expiry - int(now))


def turn_password(secret: str, username: str) -> str:
    """The password that coturn expects for ``username``."""
    return base64.b64encode(hmac.digest(secret.encode(), username.encode(), "sha1")).decode()


def _name_of(network: str, secret: str) -> str:
    return hmac.digest(secret.encode(), f"TURN name of {network}".encode(), sha256).hex()[:16]
