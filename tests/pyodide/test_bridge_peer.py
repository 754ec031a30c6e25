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
    frames = [b"\0", bytes(62), bytes(range(64)), bytes(range(255, -1, -1))]
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

    from persona_web.bridge.peer import MAX_FRAME_BYTES

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
    sent = [caller.transport.send_frame(bytes(200)) for _ in range(100)]
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
    ("offer", "no SDP"),
    ("answer", "v=0\r\n"),  # and there is no offer to answer
    ("neither", "v=0\r\n"),
    ("candidate", "no JSON"),
    ("candidate", "5"),
    ("candidate", '{"candidate": "no candidate", "sdpMid": "0"}'),
    ("candidate", '{"candidate": 5}'),
]


@pytest.mark.parametrize(("kind", "text"), DAMAGED)
@run_in_pyodide
async def test_peer_tells_an_error_and_lives_on_when_it_is_handed_nonsense(selenium, kind, text):
    from testbed.peers import PeerHearing

    end = await PeerHearing.open()
    await end.hear("negotiation-needed")
    with end.unheard():
        if kind == "candidate":
            end.transport.add_candidate(text)
        else:
            end.transport.accept_description(kind, text)
    detail = await end.hear("error")
    end.transport.make_offer()
    offer, _sdp = await end.hear("description")
    end.transport.close()

    assert ": " in detail
    assert offer == "offer"
    assert len(end.all("error")) == 1


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
