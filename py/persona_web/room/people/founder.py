"""Making a room whose host is the person on this page."""

from __future__ import annotations

import secrets

from persona_core.base.ports import Storage
from persona_core.call.invitation import Invitation
from persona_core.call.keys.founding import Founding, found_room, keep_founding, kept_founding
from persona_web.bridge.network.cryptography import NO_KEY, BrowserCryptography
from persona_web.bridge.site import Site
from persona_web.bridge.storage import BrowserStorage, TabStorage


async def make_room(site: Site) -> Invitation:
    """A new room. Where the browser has no keys for us, it is one without a host."""
    try:
        crypto = await BrowserCryptography.load(site)
    except Exception:  # whatever loading a script rejects with: a room is worth more than a host
        return Invitation.create(secrets.token_bytes)
    key = crypto.signer.public
    if key == NO_KEY:
        return Invitation.create(secrets.token_bytes)
    invitation, founding = found_room(secrets.token_bytes, key)
    for store in _stores():
        keep_founding(store, invitation, founding)
    return invitation


def founding_of(invitation: Invitation) -> Founding | None:
    """What was kept of the room's making, where it was made on this device."""
    found = (kept_founding(store, invitation) for store in _stores())
    return next((founding for founding in found if founding is not None), None)


def _stores() -> tuple[Storage, ...]:
    """The second one serves where the first is forbidden or full."""
    return BrowserStorage(), TabStorage()
