"""The real-time calls of the part "calls". Run inside Pyodide, on a page of the site."""

from __future__ import annotations

import json
from dataclasses import asdict

from tests.support.rough_calls import play_rooms

from persona_web.bridge.network.call_ports import browser_call_ports
from persona_web.bridge.site import Site


async def measure(rooms: int, seconds: float) -> str:
    """JSON of each room's verdict."""
    site = Site()
    ports = await browser_call_ports(site)
    verdicts = await play_rooms(ports, site.signaling_url, rooms, seconds)
    return json.dumps([asdict(verdict) for verdict in verdicts])
