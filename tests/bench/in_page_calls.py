"""The real-time calls of the part "calls". Run inside Pyodide, on a page of the site."""

from __future__ import annotations

import functools
import json
import random
import secrets
from dataclasses import asdict

from tests.support.rough_calls import play_rooms

from persona_core.call.ports import CallPorts
from persona_web.bridge.clock import BrowserClock, BrowserScheduler
from persona_web.bridge.peer import BrowserPeers
from persona_web.bridge.sealing import BrowserSealer
from persona_web.bridge.site import Site
from persona_web.bridge.socket import BrowserSockets


async def measure(rooms: int, seconds: float) -> str:
    """JSON of each room's verdict."""
    site = Site()
    ports = CallPorts(
        sockets=BrowserSockets(),
        peers=await BrowserPeers.load(site),
        derive_sealer=functools.partial(BrowserSealer.derive, site),
        clock=BrowserClock(),
        scheduler=BrowserScheduler(),
        token_bytes=secrets.token_bytes,
        random=random.random,
    )
    verdicts = await play_rooms(ports, site.signaling_url, rooms, seconds)
    return json.dumps([asdict(verdict) for verdict in verdicts])
