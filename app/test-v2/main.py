"""Composition root of the page ``test-v2``."""

from persona_web.bridge.log import log_to_console
from persona_web.bridge.site import Site
from persona_web.pages.test_v2 import open_page

log_to_console()
page = await open_page(Site())
