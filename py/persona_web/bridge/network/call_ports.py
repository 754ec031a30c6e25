"""What a call engine needs of a browser."""

from __future__ import annotations

import random
import secrets

from persona_core.call.ports import CallPorts
from persona_web.bridge.clock import BrowserClock, BrowserScheduler
from persona_web.bridge.network.cryptography import BrowserCryptography
from persona_web.bridge.network.peer import BrowserPeers
from persona_web.bridge.network.socket import BrowserSockets
from persona_web.bridge.site import Site


async def browser_call_ports(site: Site, peers: BrowserPeers | None = None) -> CallPorts:
    """The ports of a call in this browser.

    Args:
        peers: makes the connections, where the caller wants its report.
    """
    return CallPorts(
        sockets=BrowserSockets(),
        peers=peers or await BrowserPeers.load(site),
        crypto=await BrowserCryptography.load(site),
        clock=BrowserClock(),
        scheduler=BrowserScheduler(),
        token_bytes=secrets.token_bytes,
        random=random.random,
    )
