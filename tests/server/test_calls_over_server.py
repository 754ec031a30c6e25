"""Whole engines whose signaling goes through the real server; only WebRTC is simulated."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
import pytest_asyncio
from tests.support.memory_peers import MemoryPeers
from tests.support.pages import INVITATION, Page
from tests.support.real_sockets import RealSockets
from tests.support.running_server import RunningServer
from tests.support.stage import face
from tests.support.world import RealTime

from persona_core.call.invitation import Invitation
from persona_core.call.notices import NoticeCode
from persona_core.call.remote_peer import RemotePeer
from persona_core.call.signaling.signaling_machine import SignalingState
from persona_core.call.status import Phase
from persona_server.config import ServerConfig
from persona_server.room_tokens import make_room_token

pytestmark = pytest.mark.asyncio

PATIENCE_S = 30.0
SECRET = "a secret that signs rooms"


class Stage:
    """A real server and pages on it; every change of a page wakes who waits."""

    def __init__(self, server: RunningServer) -> None:
        self.server = server
        self.time = RealTime()
        self.peers = MemoryPeers(self.time)
        self.pages: list[Page] = []
        self._changed = asyncio.Event()

    def page(self, name: str, *, wants_portraits: bool = False) -> Page:
        page = Page(
            name,
            self.time,
            RealSockets(),
            self.peers,
            url=self.server.signal_url,
            wants_portraits=wants_portraits,
        )
        page.on_change = self._changed.set
        self.pages.append(page)
        return page

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                self._changed.clear()
                await self._changed.wait()


@asynccontextmanager
async def staged(config: ServerConfig) -> AsyncIterator[Stage]:
    with RunningServer(config) as server:
        made = Stage(server)
        yield made
        for page in made.pages:
            page.engine.leave()
        await asyncio.to_thread(server.stop)
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        if tasks:
            await asyncio.wait(tasks, timeout=PATIENCE_S)


@pytest_asyncio.fixture
async def stage() -> AsyncIterator[Stage]:
    config = ServerConfig(room_size=2, log_level="error", retry_ms=0, retry_spread_ms=0)
    async with staged(config) as made:
        yield made


def good(*pages: Page) -> bool:
    return all(page.qualities == ["good"] for page in pages)


async def test_two_engines_call_each_other_when_both_join_at_once(stage: Stage) -> None:
    ann, ben = stage.page("ann"), stage.page("ben")
    ann.engine.join(INVITATION)
    ben.engine.join(INVITATION)
    await stage.until(lambda: good(ann, ben))
    assert ann.discarded + ben.discarded == 0
    ben.engine.leave()
    await stage.until(lambda: ann.qualities == [])


async def test_call_survives_and_a_third_is_refused_when_the_server_was_killed_and_came_back(
    stage: Stage,
) -> None:
    ann, ben = stage.page("ann"), stage.page("ben")
    ann.engine.join(INVITATION)
    ben.engine.join(INVITATION)
    await stage.until(lambda: good(ann, ben))
    transports = stage.peers.open_transports
    await asyncio.to_thread(stage.server.stop)
    await stage.until(
        lambda: all(
            page.engine.status.signaling is not SignalingState.JOINED for page in (ann, ben)
        )
    )
    assert good(ann, ben)
    stage.server.start()
    await stage.until(
        lambda: all(page.engine.status.signaling is SignalingState.JOINED for page in (ann, ben))
    )
    assert good(ann, ben)
    assert stage.peers.open_transports == transports
    cat = stage.page("cat")
    cat.engine.join(INVITATION)
    await stage.until(lambda: cat.engine.status.phase is Phase.ENDED)
    assert cat.codes == [NoticeCode.ROOM_FULL]
    assert good(ann, ben)


async def test_people_of_a_call_are_let_in_again_when_token_and_server_are_gone() -> None:
    config = ServerConfig(room_secrets=(SECRET,), log_level="error", retry_ms=0, retry_spread_ms=0)
    expiry = int(time.time()) + 3
    invitation = replace(INVITATION, token=make_room_token(SECRET, INVITATION.room, expiry))
    async with staged(config) as stage:
        ann, ben = stage.page("ann"), stage.page("ben")
        for page in (ann, ben):
            page.engine.join(invitation)
        await stage.until(lambda: good(ann, ben))
        await asyncio.sleep(max(0.0, expiry - time.time()) + 0.1)
        await asyncio.to_thread(stage.server.stop)
        await stage.until(
            lambda: all(
                page.engine.status.signaling is not SignalingState.JOINED for page in (ann, ben)
            )
        )
        stage.server.start()
        await stage.until(
            lambda: all(
                page.engine.status.signaling is SignalingState.JOINED for page in (ann, ben)
            )
        )
        assert good(ann, ben)
        cat = stage.page("cat")
        cat.engine.join(invitation)
        await stage.until(lambda: cat.codes == [NoticeCode.ROOM_TOKEN_EXPIRED])


async def test_both_learn_it_and_the_right_pair_meets_when_one_secret_is_wrong(
    stage: Stage,
) -> None:
    ann, eve, ben = stage.page("ann"), stage.page("eve"), stage.page("ben")
    ann.engine.join(INVITATION)
    await stage.until(lambda: ann.engine.status.phase is Phase.INSIDE)
    eve.engine.join(Invitation(INVITATION.room, bytes(16)))
    await stage.until(lambda: eve.engine.status.phase is Phase.ENDED and ann.codes != [])
    assert eve.codes == ann.codes == [NoticeCode.WRONG_SECRET]
    await stage.until(lambda: ann.qualities == [])
    ben.engine.join(INVITATION)
    await stage.until(lambda: good(ann, ben))


async def test_page_returns_as_the_same_peer_when_it_is_loaded_anew(stage: Stage) -> None:
    ann, ben = stage.page("ann"), stage.page("ben")
    for page in (ann, ben):
        page.engine.join(INVITATION)
    await stage.until(lambda: good(ann, ben))
    [of_ben] = ann.engine.remotes
    ben.engine.leave(returning=True)
    await stage.until(lambda: ann.qualities == ["reconnecting"])
    again = stage.page("ben again")
    again.engine.join(INVITATION, ben.engine.identity)
    await stage.until(lambda: good(ann, again))
    assert ann.engine.remotes == (of_ben,)
    assert ann.codes == again.codes == []


async def test_faces_go_through_the_server_when_no_direct_path_comes_up(stage: Stage) -> None:
    stage.peers.blocked = True
    ann, ben = stage.page("ann"), stage.page("ben")
    for page in (ann, ben):
        page.engine.join(INVITATION)
    await stage.until(lambda: ann.qualities == ben.qualities == ["poor"])
    [of_ann] = ben.engine.remotes
    for step in range(60):
        ann.engine.send_params(face(float(step)))
        await asyncio.sleep(1.0 / 30.0)
    await asyncio.sleep(0.5)  # of what was sent, the last is still on its way
    assert of_ann.stats.frames >= 15
    assert of_ann.stats.frames <= 30
    assert (of_ann.stats.lost, dict(of_ann.stats.dropped)) == (0, {})
    assert of_ann.app == "ann"


async def test_portraits_of_a_company_go_through_the_server_beside_their_faces() -> None:
    portraits = {name: random.Random(name).randbytes(120_000) for name in ("ann", "ben", "cat")}
    async with staged(ServerConfig(log_level="error")) as stage:
        stage.peers.blocked = True
        pages = {name: stage.page(name, wants_portraits=True) for name in portraits}
        for name, page in pages.items():
            page.engine.set_portrait(portraits[name][:70_000], (portraits[name][70_000:],))
            page.engine.join(INVITATION)
        await stage.until(lambda: all(page.qualities == ["poor"] * 2 for page in pages.values()))

        def whole(remote: RemotePeer) -> bool:
            return remote.portrait is not None and len(remote.expressions) == 1

        remotes = [remote for page in pages.values() for remote in page.engine.remotes]
        frames = {remote: remote.stats.frames for remote in remotes}
        async with asyncio.timeout(PATIENCE_S):
            while not all(map(whole, remotes)):
                for page in pages.values():
                    page.engine.send_params(face(page.clock.now_ms()))
                await asyncio.sleep(1.0 / 30.0)
        for remote in remotes:
            assert remote.portrait is not None
            assert remote.portrait + remote.expressions[0] == portraits[remote.app]
            assert remote.stats.frames - frames[remote] >= 15
            assert remote.stats.lost == 0
            assert remote.download.refused == 0
        for page in pages.values():
            states = [status.signaling for status in page.statuses if status.phase is Phase.INSIDE]
            assert set(states) == {SignalingState.JOINED}, "the server turned a page out"


async def test_page_is_told_when_the_server_is_not_there(stage: Stage) -> None:
    await asyncio.to_thread(stage.server.stop)
    ann = stage.page("ann")
    ann.engine.join(INVITATION)
    await stage.until(lambda: ann.codes == [NoticeCode.SERVER_UNREACHABLE])
    assert ann.engine.status.phase is Phase.ENTERING
    stage.server.start()
    await stage.until(lambda: ann.engine.status.phase is Phase.INSIDE)
