"""One life each of what the bridge makes: opened, used a little, closed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from persona_core.drawn.characters import CHARACTERS
from persona_core.drawn.rig import Rig
from persona_core.face.params import FaceParams
from persona_web.bridge.clock import BrowserScheduler
from persona_web.bridge.media.camera import Camera
from persona_web.bridge.media.face_tracker import BrowserTracker
from persona_web.bridge.media.microphone import Microphone
from persona_web.bridge.media.voices import Voices
from persona_web.bridge.network.cryptography import BrowserCryptography
from persona_web.bridge.network.socket import BrowserSockets
from persona_web.bridge.neural.model_store import ModelStore
from persona_web.bridge.site import Site
from persona_web.bridge.ticker import Ticker
from testbed.drawing import easel
from testbed.hearing import Hearing, SocketHearing
from testbed.peers import PeerHearing, close, connected_pair
from testbed.sounds import Tone

RIG = Rig(CHARACTERS[0].style)


async def _canvas(_url: str) -> None:
    async with easel(20, 26) as (_, drawing):
        drawing.set_program(RIG.program, RIG.colours, RIG.value_count)
        drawing.draw(RIG.pose(FaceParams(0.0), 0.0))


async def _camera(_url: str) -> None:
    (await (await Camera.load(Site())).open(lambda: None)).close()


async def _connected_peers(_url: str) -> None:
    caller, callee = await connected_pair()
    caller.transport.send_frame(b"frame")
    await callee.hear("frame")
    close(caller, callee)


async def _microphone(_url: str) -> None:
    (await (await Microphone.load(Site())).open("", lambda: None)).close()


async def _model_store(_url: str) -> None:
    store = await ModelStore.load_store(Site())
    await store.fetch([], lambda _bytes: None, lambda _why: None)
    store.close()


async def _peer(_url: str) -> None:
    end = await PeerHearing.open()
    end.transport.make_offer()
    close(end)


async def _refused_socket(_url: str) -> None:
    hearing = SocketHearing()
    BrowserSockets().open("ws://[", hearing)
    await hearing.hear("closed")


async def _sealer(_url: str) -> None:
    crypto = await BrowserCryptography.load(Site())
    agreement = await crypto.agree()
    sealer = await agreement.derive_sealer(agreement.public, b"secret", b"salt", b"info")
    assert await crypto.verify(crypto.signer.public, await crypto.signer.sign(b"x"), b"x")
    await sealer.unseal(await sealer.seal(b"plain", b""), b"")


async def _socket(url: str) -> None:
    hearing = SocketHearing()
    socket = BrowserSockets().open(url, hearing)
    await hearing.hear("open")
    socket.close()


async def _ticker(_url: str) -> None:
    hearing = Hearing()
    ticker = await Ticker.load(Site(), lambda *_: hearing.note("tick"))
    ticker.close()


async def _timer(_url: str) -> None:
    hearing = Hearing()
    scheduler = BrowserScheduler()
    scheduler.call_later(0.0, lambda: hearing.note("due"))
    scheduler.call_later(0.0, lambda: hearing.note("never")).cancel()
    await hearing.hear("due")


async def _tracker(_url: str) -> None:
    tracker = await BrowserTracker.load(Site())
    tracker.prepare()
    tracker.close()


async def _voices(_url: str) -> None:
    tone = Tone()
    voices = await Voices.load(Site(), 2)
    voices.attach(1, tone.track, audible=True)
    voices.read()
    voices.detach(1)
    voices.close()
    tone.close()


CYCLES: dict[str, Callable[[str], Awaitable[None]]] = {
    "camera": _camera,
    "canvas": _canvas,
    "connected peers": _connected_peers,
    "microphone": _microphone,
    "model store": _model_store,
    "peer": _peer,
    "refused socket": _refused_socket,
    "sealer": _sealer,
    "socket": _socket,
    "ticker": _ticker,
    "timer": _timer,
    "tracker": _tracker,
    "voices": _voices,
}
"""By name; each gets the address of the signaling server."""
