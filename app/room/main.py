"""Composition root of the page ``room``."""

from persona_web.bridge.log import log_to_console
from persona_web.bridge.site import Site
from persona_web.pages.room import open_page

log_to_console()
page = await open_page(Site())
