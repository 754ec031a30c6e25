"""Pages whose browser makes no connections, for a while or at all."""

from __future__ import annotations

import pytest
from tests.support.memory_peers import RefusingPeers
from tests.support.memory_signaling import RELAYING
from tests.support.pages import INVITATION, Page
from tests.support.stage import Stage

from persona_core.call.notices import NoticeCode
from persona_core.call.peer.peer_connection import PeerConnection
from persona_core.call.peer.peer_machine import PeerCommand, PeerState
from persona_core.errors import TransportError

NO_WEBRTC = TransportError("not defined", code="no-webrtc")
SOON_MS = 2_000.0
"""No direct path is waited for where there can be none."""


async def join(stage: Stage, *pages: Page) -> None:
    for page in pages:
        page.engine.join(INVITATION)
        await stage.time.run(50.0)


def paths(*pages: Page) -> list[str | None]:
    return [remote.path for page in pages for remote in page.engine.remotes]


@pytest.mark.parametrize("first", ["with", "without"])
@pytest.mark.parametrize(
    "error", [NO_WEBRTC, TransportError("refused"), RuntimeError("of the platform")]
)
async def test_call_goes_through_the_server_at_once_when_a_browser_makes_no_connections(
    stage: Stage, first: str, error: Exception
) -> None:
    stage.server.limits = RELAYING
    ann, ben = stage.page("ann"), stage.page("ben", peers=RefusingPeers(stage.peers, error))
    await join(stage, *((ann, ben) if first == "with" else (ben, ann)))
    await stage.time.run(SOON_MS)
    assert paths(ann, ben) == ["server", "server"]
    assert ann.qualities == ben.qualities == ["poor"]
    for sender, receiver in ((ann, ben), (ben, ann)):
        frames = receiver.engine.remotes[0].stats.frames
        await stage.send(sender, 1.0)
        await stage.time.run(100.0)
        assert receiver.engine.remotes[0].stats.frames > frames + 8
    await stage.time.run(120_000.0)
    assert paths(ann, ben) == ["server", "server"]
    assert ann.codes == []
    assert ben.codes == ([NoticeCode.NO_WEBRTC] if error is NO_WEBRTC else [])


async def test_person_is_told_once_when_the_browser_has_no_connections_for_anybody(
    roomy_stage: Stage,
) -> None:
    others = [roomy_stage.page("ann"), roomy_stage.page("ben")]
    cut_off = roomy_stage.page("cy", peers=RefusingPeers(roomy_stage.peers, NO_WEBRTC))
    await join(roomy_stage, *others, cut_off)
    await roomy_stage.time.run(SOON_MS)
    assert cut_off.codes == [NoticeCode.NO_WEBRTC]
    # Where the server relays nothing, nobody is to look for a firewall.
    await roomy_stage.time.run(120_000.0)
    assert cut_off.codes == [NoticeCode.NO_WEBRTC]
    assert cut_off.qualities == ["lost", "lost"]


async def test_direct_path_is_found_when_the_browser_makes_connections_again(stage: Stage) -> None:
    stage.server.limits = RELAYING
    peers = RefusingPeers(stage.peers, TransportError("too many connections"))
    ann, ben = stage.page("ann"), stage.page("ben", peers=peers)
    await join(stage, ann, ben)
    await stage.time.run(60_000.0)
    assert paths(ann, ben) == ["server", "server"]
    peers.error = None
    await stage.until_good(ann, ben)
    assert paths(ann, ben) == ["direct", "direct"]


async def test_link_gives_up_in_the_end_when_no_connection_can_ever_be_made(stage: Stage) -> None:
    peers = RefusingPeers(stage.peers, RuntimeError("of the platform"))
    ann, ben = stage.page("ann"), stage.page("ben", peers=peers)
    await join(stage, ann, ben)
    await stage.time.run(400_000.0)
    assert [connection.machine.state for connection in (*ann.connections, *ben.connections)] == [
        PeerState.LOST
    ] * 2
    assert set(ben.codes) == {NoticeCode.CONNECTION_FAILED}
    asked = peers.asked
    assert 1 < asked < 100
    await stage.time.run(600_000.0)
    assert peers.asked == asked


@pytest.mark.parametrize("failing", [PeerCommand.BUILD, PeerCommand.OFFER])
async def test_link_goes_on_when_one_of_its_commands_raises(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, failing: PeerCommand
) -> None:
    broken = [True]
    do = PeerConnection._do

    def fail(connection: PeerConnection, command: PeerCommand) -> None:
        if command is failing and broken[0]:
            raise RuntimeError(command.name)
        do(connection, command)

    monkeypatch.setattr(PeerConnection, "_do", fail)
    ann, ben = stage.page("ann"), stage.page("ben")
    await join(stage, ann, ben)
    await stage.time.run(1_000.0)
    assert ben.qualities == ["connecting"]
    broken[0] = False
    await stage.until_good(ann, ben)
