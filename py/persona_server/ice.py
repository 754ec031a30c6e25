"""The ICE servers a peer may use, with TURN credentials made for it.

Time-limited credentials follow coturn's REST scheme (draft-uberti-behave-turn-rest-00; coturn's
``use-auth-secret``): the user name is ``<expiry>:<peer>``, the password is the base64 of
HMAC-SHA-1 over it with the secret that both servers know. So coturn asks nobody, and what leaks
is worth little.
"""

from __future__ import annotations

import base64
import hmac

from persona_core.call.signaling import IceServer, IceServers
from persona_server.config import ServerConfig


def ice_servers_for(peer: str, config: ServerConfig, now: float) -> IceServers:
    """What ``welcome`` and ``ice-servers`` say to ``peer`` at ``now`` (Unix time in seconds)."""
    if not config.turn_urls:
        return IceServers(config.ice_servers)
    username = f"{int(now) + config.turn_ttl_seconds}:{peer}"
    turn = IceServer(config.turn_urls, username, turn_password(config.turn_secret, username))
    return IceServers((*config.ice_servers, turn), config.turn_ttl_seconds)


def turn_password(secret: str, username: str) -> str:
    """The password that coturn expects for ``username``."""
    return base64.b64encode(hmac.digest(secret.encode(), username.encode(), "sha1")).decode()
