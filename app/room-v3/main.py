"""Composition root of the page ``room-v3``."""

from persona_web.bridge.site import Site
from persona_web.pages.room_v3 import RoomPage

page = await RoomPage.open(Site())
