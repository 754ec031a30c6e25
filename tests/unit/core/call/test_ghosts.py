"""Devices that die without a word, and peers that are only out of reach."""

from __future__ import annotations

import pytest
from tests.support.device import Device, SwiftTime
from tests.support.memory_peers import MemoryPeers
from tests.support.memory_signaling import RELAYING, MemoryServer
from tests.support.pages import INVITATION, Page

GHOST_MS = 15_000.0
"""A peer that everybody has lost is hidden after so long."""
DISCONNECTED_MS = 1_000.0
"""After which the simulated platform says that a connection is interrupted."""


class Room:
    """People on devices of their own."""

    def __init__(self, *, relays: bool) -> None:
        self.time = SwiftTime()
        self.server = MemoryServer(self.time, room_size=4)
        self.server.resume_ms = 10_000.0
        if relays:
            self.server.limits = RELAYING
        self.peers = MemoryPeers(self.time)
        self.devices: list[Device] = []
        self.pages: list[Page] = []

    async def enter(self, *names: str) -> None:
        for name in names:
            device = Device(self.time, self.server, self.peers)
            page = Page(name, device, device, device)
            self.devices.append(device)
            self.pages.append(page)
            page.engine.join(INVITATION)
            await self.time.run(100.0)

    async def until(self, number: int, *qualities: str) -> None:
        """Waits until page ``number`` sees just this."""
        await self.time.run_until(lambda: self.pages[number].qualities == list(qualities))

    async def close(self) -> None:
        for page in self.pages:
            page.engine.leave()
        await self.time.run(100.0)


@pytest.mark.parametrize("relays", [False, True], ids=["direct only", "relaying"])
async def test_device_that_died_is_hidden_soon_when_everybody_has_lost_it(relays: bool) -> None:
    room = Room(relays=relays)
    await room.enter("ann", "ben", "ghost")
    await room.until(0, "good", "good")
    room.devices[2].sleep()
    await room.time.run(DISCONNECTED_MS + GHOST_MS)
    assert [page.qualities for page in room.pages[:2]] == [["good"], ["good"]]
    assert len(room.server.sockets) == 2
    await room.close()


async def test_device_that_died_is_hidden_soon_when_it_was_reached_through_the_server() -> None:
    room = Room(relays=True)
    room.peers.blocked = True
    await room.enter("ann", "ghost")
    await room.until(0, "poor")
    room.devices[1].sleep()
    await room.time.run(GHOST_MS)
    assert room.pages[0].qualities == []
    await room.close()


async def test_newcomer_sees_no_ghost_for_long_when_a_device_died_before_it_came() -> None:
    room = Room(relays=False)
    await room.enter("ghost")
    room.devices[0].sleep()
    await room.enter("ann")
    assert room.pages[1].qualities == ["connecting"]
    await room.time.run(GHOST_MS + 1_000.0)
    assert room.pages[1].qualities == []
    await room.close()


async def test_peer_stays_in_sight_when_only_the_way_to_it_is_broken() -> None:
    room = Room(relays=False)
    await room.enter("ann", "ben")
    await room.until(0, "good")
    room.peers.cut()
    await room.time.run(60_000.0)
    assert [page.qualities for page in room.pages] == [["reconnecting"], ["reconnecting"]]
    assert room.server.opened == 2, "nobody lost the seat"
    room.peers.restore()
    for number in range(2):
        await room.until(number, "good")
    await room.close()


async def test_device_that_wakes_after_it_was_given_up_is_in_the_call_again() -> None:
    room = Room(relays=False)
    await room.enter("ann", "ben")
    await room.until(0, "good")
    room.devices[1].sleep()
    await room.until(0)
    room.devices[1].wake()
    room.pages[1].engine.network_changed()
    for number in range(2):
        await room.until(number, "good")
    assert [page.codes for page in room.pages] == [[], []]
    await room.close()
