"""Two real peer connections of one page, connected to each other."""

from __future__ import annotations

import pytest
from pytest_pyodide import run_in_pyodide


@run_in_pyodide
async def test_peers_open_both_channels_when_they_hear_of_each_other(selenium):
    from testbed.peers import close, connected_pair

    caller, callee = await connected_pair()
    for end in (caller, callee):
        await end.hear("state", times=2)
    close(caller, callee)

    assert [kind for kind, _ in caller.all("description")] == ["offer"]
    assert [kind for kind, _ in callee.all("description")] == ["answer"]
    for end in (caller, callee):
        assert end.all("open") == [()]
        assert end.all("state")[:2] == ["connecting", "connected"]
        assert end.all("candidate")
        assert end.all("error") == []


@run_in_pyodide
async def test_frames_arrive_unaltered_when_channels_are_open(selenium):
    from testbed.peers import close, connected_pair

    caller, callee = await connected_pair()
    frames = [b"\0", bytes(62), bytes(range(64)), bytes(range(255, 159, -1))]
    for sender, receiver in ((caller, callee), (callee, caller)):
        for number, frame in enumerate(frames, start=1):
            with sender.unheard():
                assert sender.transport.send_frame(frame) is True
            await receiver.hear("frame", times=number)
    close(caller, callee)

    assert caller.all("frame") == frames
    assert callee.all("frame") == frames
    assert all(type(frame) is bytes for frame in callee.all("frame"))


@run_in_pyodide
async def test_control_texts_arrive_unaltered_in_order_when_channels_are_open(selenium):
    from testbed.peers import close, connected_pair

    caller, callee = await connected_pair()
    texts = ["", "hello", '{"안녕": "\N{GRINNING FACE}"}', "x" * 16_000, *map(str, range(50))]
    with caller.unheard():
        assert all(caller.transport.send_control(text) is True for text in texts)
    await callee.hear("control", times=len(texts))
    close(caller, callee)

    assert callee.all("control") == texts


@run_in_pyodide
async def test_peer_refuses_a_frame_when_it_is_too_large(selenium):
    from testbed.peers import close, connected_pair

    from persona_core.wire.codec import MAX_FRAME_BYTES

    caller, callee = await connected_pair()
    assert caller.transport.send_frame(bytes(MAX_FRAME_BYTES + 1)) is False
    assert caller.transport.send_frame(b"next") is True
    await callee.hear("frame")
    close(caller, callee)

    assert callee.all("frame") == [b"next"]


@run_in_pyodide
async def test_peer_refuses_frames_when_they_would_pile_up(selenium):
    from testbed.peers import close, connected_pair

    caller, callee = await connected_pair()
    # Without a pause nothing leaves the page, so the buffer fills.
    sent = [caller.transport.send_frame(bytes(96)) for _ in range(100)]
    assert sent[0] is True
    assert sent[-1] is False
    await callee.hear("frame", times=sent.count(True))
    assert caller.transport.send_frame(b"room again") is True
    await callee.hear("frame", times=sent.count(True) + 1)
    close(caller, callee)


@run_in_pyodide
async def test_peer_refuses_a_control_text_when_the_platform_cannot_send_it(selenium):
    from testbed.peers import close, connected_pair

    caller, callee = await connected_pair()
    assert caller.transport.send_control("x" * 1_000_000) is False
    assert caller.transport.send_control("next") is True
    await callee.hear("control")
    close(caller, callee)

    assert callee.all("control") == ["next"]


@run_in_pyodide
async def test_peer_sends_nothing_when_channels_are_not_open(selenium):
    from testbed.peers import PeerHearing

    end = await PeerHearing.open()
    assert end.transport.send_frame(b"frame") is False
    assert end.transport.send_control("text") is False
    end.transport.close()
    assert end.transport.send_frame(b"frame") is False
    assert end.transport.send_control("text") is False


@run_in_pyodide
async def test_connection_goes_on_with_fresh_credentials_when_ice_restarts(selenium):
    import re

    from testbed.peers import close, connected_pair

    caller, callee = await connected_pair()
    with caller.unheard():
        caller.transport.restart_ice()
    await caller.hear("negotiation-needed", times=2)
    await callee.hear("description", times=2)
    caller.transport.send_frame(b"still here")
    await callee.hear("frame")
    close(caller, callee)

    before, after = (
        set(re.findall(r"a=ice-ufrag:(\S+)", sdp)) for _, sdp in caller.all("description")
    )
    assert before
    assert after
    assert not before & after
    assert "failed" not in caller.all("state")
    assert caller.all("error") == callee.all("error") == []


@run_in_pyodide
async def test_offer_rolls_back_the_own_one_when_both_offer_at_once(selenium):
    from testbed.peers import PeerHearing, close

    polite, impolite = await PeerHearing.open(), await PeerHearing.open()
    for end in (polite, impolite):
        await end.hear("negotiation-needed")
        end.transport.make_offer()
    _, offer = await impolite.hear("description")
    await polite.hear("description")
    polite.transport.accept_description("offer", offer)
    kind, answer = await polite.hear("description", times=2)
    assert kind == "answer"
    impolite.transport.accept_description("answer", answer)
    polite.other, impolite.other = impolite, polite
    for end, other in ((polite, impolite), (impolite, polite)):
        for candidate in end.all("candidate"):
            other.transport.add_candidate(candidate)
    await polite.hear("open")
    await impolite.hear("open")
    close(polite, impolite)


DAMAGED = [
    ("offer", "no SDP", "stuck"),
    ("answer", "v=0\r\n", "error"),  # and there is no offer to answer
    ("neither", "v=0\r\n", "stuck"),
    ("candidate", "no JSON", "error"),
    ("candidate", "5", "error"),
    ("candidate", '{"candidate": "no candidate", "sdpMid": "0"}', "error"),
    ("candidate", '{"candidate": 5}', "error"),
]


@pytest.mark.parametrize(("kind", "text", "told"), DAMAGED)
@run_in_pyodide
async def test_peer_tells_of_it_and_lives_on_when_it_is_handed_nonsense(selenium, kind, text, told):
    from testbed.peers import PeerHearing

    end = await PeerHearing.open()
    await end.hear("negotiation-needed")
    with end.unheard():
        if kind == "candidate":
            end.transport.add_candidate(text)
        else:
            end.transport.accept_description(kind, text)
    detail = await end.hear(told)
    end.transport.make_offer()
    offer, _sdp = await end.hear("description")
    end.transport.close()

    assert ": " in detail
    assert offer == "offer"
    assert len(end.all("error")) + len(end.all("stuck")) == 1


@run_in_pyodide
async def test_peer_tells_nothing_and_does_nothing_when_it_was_closed(selenium):
    from testbed.peers import PeerHearing, close, connected_pair

    caller, callee = await connected_pair()
    _, sdp = caller.all("description")[0]
    caller.transport.send_control("on its way")
    caller.transport.restart_ice()  # would be followed by negotiation-needed
    heard = list(caller.events)
    with caller.unheard():
        close(caller, caller)
        caller.transport.make_offer()
        caller.transport.accept_description("answer", sdp)
        caller.transport.add_candidate("no JSON")
        caller.transport.restart_ice()
    close(callee)
    # Whatever they still had to say would have come before this.
    witnesses = await connected_pair()
    close(*witnesses)

    assert caller.events == heard
    lonely = await PeerHearing.open()
    lonely.transport.close()
    assert lonely.events == []


@run_in_pyodide
async def test_peer_may_be_closed_by_its_listener_when_it_tells_something(selenium):
    from testbed.peers import PeerHearing, close, connected_pair

    class Leaving(PeerHearing):
        def on_negotiation_needed(self):
            super().on_negotiation_needed()
            self.transport.close()

    end = await Leaving.open()
    await end.hear("negotiation-needed")
    close(*await connected_pair())

    assert end.events == [("negotiation-needed",)]


@run_in_pyodide
async def test_what_is_too_long_or_of_the_wrong_kind_never_reaches_python_and_is_counted(selenium):
    import js
    from testbed.peers import PeerHearing, close, connect

    from persona_core.wire.codec import MAX_FRAME_BYTES
    from persona_core.wire.control import MAX_CONTROL_BYTES
    from persona_web.bridge.network.peer import BrowserPeers
    from persona_web.bridge.site import Site

    peers = await BrowserPeers.load(Site())
    caller, callee = PeerHearing(offers=True), PeerHearing()
    await connect(peers, caller, callee)
    before = peers.report()["refused"]
    hostile = caller.transport._peer
    longest = "x" * MAX_CONTROL_BYTES
    korean = "\N{HANGUL SYLLABLE HAN}"
    for text in (longest + "x", korean * (MAX_CONTROL_BYTES // 3 + 1), longest, "last"):
        assert hostile.sendControl(text)
    await callee.hear("control", times=2)
    for length in (MAX_FRAME_BYTES + 1, 500, MAX_FRAME_BYTES):
        assert hostile.sendFrame(js.Uint8Array.new(length), length)
    await callee.hear("frame")
    after = peers.report()["refused"]
    close(caller, callee)

    assert callee.all("control") == [longest, "last"]
    assert callee.all("frame") == [bytes(MAX_FRAME_BYTES)]
    assert after["controls"] - before["controls"] == 2
    assert after["frames"] - before["frames"] == 2


@pytest.mark.parametrize(
    ("constructor", "code"),
    [
        ("class { constructor() { throw new DOMException('no', 'NotAllowedError'); } }", None),
        ("function () { throw new Error('too many'); }", None),
        ("class { createDataChannel() { throw new Error('no'); } close() {} }", None),
        ("undefined", "no-webrtc"),
        ("null", "no-webrtc"),
    ],
)
@run_in_pyodide
async def test_peers_raise_our_own_error_when_the_platform_makes_no_connection(
    selenium, constructor, code
):
    import js
    import pytest
    from testbed.peers import PeerHearing

    from persona_core.errors import TransportError
    from persona_web.bridge.network.peer import BrowserPeers
    from persona_web.bridge.site import Site

    peers = await BrowserPeers.load(Site())
    real = js.RTCPeerConnection
    js.globalThis.RTCPeerConnection = js.eval(f"({constructor})")
    try:
        with pytest.raises(TransportError) as caught:
            peers.create(PeerHearing())
        assert peers.report()["webrtc"] is (code is None)
    finally:
        js.globalThis.RTCPeerConnection = real
    assert caught.value.code == (code or "transport-failed")
    hearing = PeerHearing()
    peers.create(hearing).close()


@run_in_pyodide
async def test_peer_tells_an_error_and_lives_on_when_the_platform_refuses_an_ice_restart(selenium):
    from testbed.peers import PeerHearing

    from persona_web.bridge.site import Site

    end = await PeerHearing.open()
    refused = Site.to_object({"iceServers": [{"urls": "nothing:of the kind"}]})
    end.transport._configuration = lambda: refused
    with end.unheard():
        end.transport.restart_ice()
    await end.hear("error")
    end.transport.make_offer()
    await end.hear("description")
    end.transport.close()


@run_in_pyodide
async def test_unusable_ice_servers_are_left_out_and_told_when_the_site_or_the_server_names_them(
    selenium,
):
    import js
    from testbed.peers import PeerHearing

    from persona_core.wire.signaling import IceServer
    from persona_web.bridge.network.peer import BrowserPeers
    from persona_web.bridge.site import Site

    configured = js.virtualpersona.config.iceServers
    told = []
    try:
        js.virtualpersona.config.iceServers = js.JSON.parse(
            '[{"urls": "turn:turn.example"}, {"urls": ["stun:127.0.0.1:9", "stun:a:99999"]}, 5]'
        )
        peers = await BrowserPeers.load(Site())
        peers.configure((IceServer(("turn:127.0.0.1:9",)),), relay_only=False)
        peers.create(PeerHearing()).close()
        told = peers.report()["ice_problems"]
        used = [list(server.urls) for server in peers._configuration().iceServers]
        js.virtualpersona.config.iceServers = 5
        strange = (await BrowserPeers.load(Site())).report()["ice_problems"]
    finally:
        js.virtualpersona.config.iceServers = configured

    assert used == [["stun:127.0.0.1:9"]]
    assert len(told) == 4
    assert len(strange) == 1
