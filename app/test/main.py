"""Composition root of the page ``test``."""

from persona_web.bridge.log import log_to_console
from persona_web.bridge.site import Site
from persona_web.pages.test import open_page

log_to_console()
page = await open_page(Site())
