"""Which rooms a tab enters without asking, and what stays off over a reload."""

from __future__ import annotations

import dataclasses

import pytest
from tests.support.storage import DictStorage

from persona_core.call.invitation import Invitation
from persona_core.call.keys.identity import Identity, forget_identity, keep_identity
from persona_web.room.entrance import BOTH, Entrance, Medium, remember_created

ROOM = Invitation("room", bytes(range(16)))
OTHERS = (Invitation("other", ROOM.secret), Invitation(ROOM.room, bytes(16)))
"""Another room, and the same name under another secret, which is another room, too."""


class Tab(DictStorage):
    """A tab's storage."""

    def be_in(self, room: Invitation) -> None:
        keep_identity(self, room, Identity.create(b"key", bytes))


class NoStorage(Tab):
    """A tab whose platform forbids storage."""

    def set(self, key: str, value: str) -> bool:
        return False


@pytest.mark.parametrize("returned", [False, True])
def test_room_is_asked_about_when_its_link_is_all_there_is(returned: bool) -> None:
    assert not Entrance(Tab(), returned=returned).is_open(ROOM)


def test_room_is_open_once_when_this_tab_made_it() -> None:
    tab = Tab()
    remember_created(tab, ROOM)
    assert ROOM.secret.hex() not in str(tab)
    assert ROOM.room not in tab.values()
    entrance = Entrance(tab, returned=False)
    assert entrance.is_open(ROOM)
    assert not entrance.is_open(ROOM)
    assert tab == {}


@pytest.mark.parametrize("other", OTHERS)
def test_other_room_is_asked_about_when_this_tab_made_one(other: Invitation) -> None:
    tab = Tab()
    remember_created(tab, ROOM)
    entrance = Entrance(tab, returned=False)
    assert not entrance.is_open(other)
    assert not entrance.is_open(ROOM), "the person went elsewhere since"


def test_room_is_open_when_the_page_is_loaded_anew_in_it() -> None:
    tab = Tab()
    tab.be_in(ROOM)
    assert Entrance(tab, returned=True).is_open(ROOM)
    assert Entrance(tab, returned=True).is_open(ROOM), "as often as that happens"
    assert not any(Entrance(tab, returned=True).is_open(other) for other in OTHERS)


def test_room_is_asked_about_when_a_link_leads_back_to_it() -> None:
    tab = Tab()
    tab.be_in(ROOM)
    assert not Entrance(tab, returned=False).is_open(ROOM)


def test_room_is_asked_about_when_the_person_left_it() -> None:
    tab = Tab()
    tab.be_in(ROOM)
    forget_identity(tab)
    assert not Entrance(tab, returned=True).is_open(ROOM)


def test_running_call_goes_on_when_its_own_link_is_spelled_differently() -> None:
    tab = Tab()
    tab.be_in(ROOM)
    entrance = Entrance(tab, returned=False)
    assert entrance.is_open(dataclasses.replace(ROOM, token="token"), inside=True)
    assert not any(entrance.is_open(other, inside=True) for other in OTHERS)


def test_what_was_left_off_stays_off_over_reloads_until_it_is_switched_on() -> None:
    tab = Tab()
    Entrance(tab, returned=False).withhold(BOTH)
    assert Entrance(tab, returned=True).withheld == {Medium.CAMERA, Medium.MICROPHONE}
    Entrance(tab, returned=True).release(Medium.CAMERA)
    again = Entrance(tab, returned=True)
    assert again.withheld == {Medium.MICROPHONE}
    again.release(Medium.CAMERA)
    again.release(Medium.MICROPHONE)
    assert Entrance(tab, returned=True).withheld == frozenset()
    assert tab == {}


def test_nothing_is_left_off_when_the_person_makes_a_room_after_joining_one_without() -> None:
    tab = Tab()
    entrance = Entrance(tab, returned=False)
    entrance.withhold(BOTH)
    remember_created(tab, ROOM)
    assert entrance.is_open(ROOM)
    assert entrance.withheld == Entrance(tab, returned=True).withheld == frozenset()


def test_what_was_left_off_is_off_in_this_page_when_nothing_can_be_kept() -> None:
    entrance = Entrance(NoStorage(), returned=False)
    entrance.withhold(BOTH)
    assert entrance.withheld == BOTH
