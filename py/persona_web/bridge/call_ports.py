"""What a call engine needs of a browser."""

from __future__ import annotations

import asyncio
import random
import secrets

from persona_core.call.ports import CallPorts
from persona_web.bridge.clock import BrowserClock, BrowserScheduler
from persona_web.bridge.cryptography import BrowserCryptography
from persona_web.bridge.peer import BrowserPeers
from persona_web.bridge.site import Site
from persona_web.bridge.socket import BrowserSockets


async def browser_call_ports(site: Site) -> CallPorts:
    """The ports of a call in this browser."""
    peers, crypto = await asyncio.gather(BrowserPeers.load(site), BrowserCryptography.load(site))
    return CallPorts(
        sockets=BrowserSockets(),
        peers=peers,
        crypto=crypto,
        clock=BrowserClock(),
        scheduler=BrowserScheduler(),
        token_bytes=secrets.token_bytes,
        random=random.random,
    )
