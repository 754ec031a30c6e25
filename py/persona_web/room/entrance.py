"""Which rooms a tab enters without asking, and what the person left off when joining.

A link is opened by a click on somebody else's page, so it starts nothing by itself. A room is
entered at once where this very tab has said yes to it: it made the room on the start page, or it
was in the room when the browser loaded the page anew.
"""

from __future__ import annotations

from enum import StrEnum

from persona_core.base.ports import Storage
from persona_core.call.invitation import Invitation
from persona_core.call.keys.identity import keeps_identity, room_name

CREATED_KEY = "room.created"
WITHHELD_KEY = "room.withheld"


class Medium(StrEnum):
    """What a person may join without."""

    CAMERA = "camera"
    MICROPHONE = "microphone"


BOTH = frozenset(Medium)


def remember_created(tab: Storage, invitation: Invitation) -> None:
    """The person made this room here: they are about to enter it."""
    tab.set(CREATED_KEY, room_name(invitation))


class Entrance:
    """What a tab knows of the ways into its room."""

    def __init__(self, tab: Storage, *, returned: bool) -> None:
        """
        Args:
            tab: lasts as long as the tab, no longer.
            returned: whether the browser shows a page again that the person was on: after a
                reload, or going back to it. A link that leads there anew is no return.
        """
        self._tab = tab
        self._returned = returned
        kept = (tab.get(WITHHELD_KEY) or "").split()
        self._withheld = frozenset(medium for medium in Medium if medium in kept)

    def is_open(self, invitation: Invitation, *, inside: bool = False) -> bool:
        """Whether the person has said yes to this room in this tab. Having made a room counts
        once.

        Args:
            inside: whether a call is running; another spelling of its own link asks nothing.
        """
        created = self._tab.get(CREATED_KEY) == room_name(invitation)
        self._tab.remove(CREATED_KEY)
        if created:
            self.withhold(frozenset())
            return True
        return (self._returned or inside) and keeps_identity(self._tab, invitation)

    @property
    def withheld(self) -> frozenset[Medium]:
        """What the person joined without, and has not switched on since."""
        return self._withheld

    def withhold(self, media: frozenset[Medium]) -> None:
        """The person joins without these."""
        self._withheld = media
        if media:
            self._tab.set(WITHHELD_KEY, " ".join(sorted(media)))
        else:
            self._tab.remove(WITHHELD_KEY)

    def release(self, medium: Medium) -> None:
        """The person has switched it on: from now on a reload finds it as any other time."""
        if medium in self._withheld:
            self.withhold(self._withheld - {medium})
