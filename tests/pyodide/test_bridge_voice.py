"""Voices: what their sound tells of the mouth, playing and measuring them, the microphone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_pyodide import run_in_pyodide
from tests.support.pyodide_page import PageRunner, SetPermission

from persona_core.errors import MicrophoneError

# A voice of 110 Hz through two resonators (first and second formant in Hz), or hissing noise.
FEATURES_OF = """
const root = virtualpersona.root + virtualpersona.assets.code;
const { VoiceFeatures } = await import(root + "web/bridge/media/formants.js");
const rate = 48000;
let random = 1;
const noise = () => (random = (random * 16807) % 2147483647) / 1073741823.5 - 1;
const resonate = (samples, hz, width) => {
  const r = Math.exp((-Math.PI * width) / rate);
  const a = 2 * r * Math.cos((2 * Math.PI * hz) / rate);
  let y1 = 0, y2 = 0;
  return samples.map((x) => { const y = x + a * y1 - r * r * y2; y2 = y1; y1 = y; return y; });
};
let sound = Float64Array.from({ length: rate / 2 }, (_, n) =>
  KIND === "hiss" ? noise() : n % Math.round(rate / 110) === 0 ? 1 : 0);
if (KIND === "hiss") sound = sound.map((x, n) => x - (sound[n - 1] ?? 0));
else for (const [hz, width] of KIND) sound = resonate(sound, hz, width);
const peak = sound.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-9);
const features = new VoiceFeatures(rate);
for (let n = 0; n + 128 <= sound.length; n += 128) {
  features.push(Float32Array.from(sound.subarray(n, n + 128), (x) => (x / peak) * GAIN));
}
return [...features.values];
"""
VOWELS = {
    "heed": [[270, 60], [2290, 100]],
    "hod": [[730, 80], [1090, 90]],
    "who'd": [[300, 60], [870, 90]],
    "hawed": [[570, 70], [840, 90]],
}


def features_of(page: PageRunner, kind: object, gain: float = 0.5) -> tuple[float, ...]:
    """level, open, round and spread at the end of half a second of a sound."""
    import json

    script = FEATURES_OF.replace("KIND", json.dumps(kind)).replace("GAIN", str(gain))
    return tuple(page.run_js(script))


def test_vowels_are_told_apart_when_they_are_spoken(selenium: PageRunner) -> None:
    seen = {name: features_of(selenium, formants) for name, formants in VOWELS.items()}
    opened = {name: values[1] for name, values in seen.items()}
    rounded = {name: values[2] for name, values in seen.items()}
    spread = {name: values[3] for name, values in seen.items()}
    assert opened["hod"] > 0.8 > opened["hawed"] > 0.3 > max(opened["heed"], opened["who'd"])
    assert min(rounded["who'd"], rounded["hawed"]) > 0.4 > max(rounded["heed"], rounded["hod"])
    assert spread["heed"] > 0.8
    assert max(spread[name] for name in ("hod", "who'd", "hawed")) < 0.1
    assert all(values[0] > 0.3 for values in seen.values())


def test_hissing_shows_the_teeth_and_silence_nothing(selenium: PageRunner) -> None:
    level, opened, rounded, spread = features_of(selenium, "hiss", 0.3)
    assert level > 0.3
    assert opened < 0.25
    assert rounded < 0.1
    assert spread > 0.5
    assert features_of(selenium, "hiss", 0.0) == (0, 0, 0, 0)
    assert features_of(selenium, VOWELS["hod"], 0.0005) == (0, 0, 0, 0)


@run_in_pyodide
async def test_voices_are_measured_where_they_are_attached_until_they_go(selenium):
    import asyncio

    from testbed.sounds import Tone

    from persona_core.call.media.voice_mouth import SILENCE
    from persona_web.bridge.media.voices import Voices
    from persona_web.bridge.site import Site

    loud, quiet = Tone(), Tone(gain=0.02)
    voices = await Voices.load(Site(), 4)
    voices.attach(1, loud.track, audible=False)
    voices.attach(3, quiet.track, audible=False)
    async with asyncio.timeout(20):
        while voices.features(1).level < 0.5 or voices.features(3).level <= 0.0:
            await asyncio.sleep(0.02)
            voices.read()
    levels = [voices.features(place).level for place in range(4)]
    voices.detach(1)
    voices.read()
    gone = voices.features(1)
    voices.close()
    loud.close()
    quiet.close()

    assert levels[0] == levels[2] == 0.0
    assert levels[1] > levels[3] > 0.0
    assert gone == SILENCE


@run_in_pyodide
async def test_page_is_told_once_and_then_left_alone_when_a_voice_falls_silent(selenium):
    import asyncio

    import js
    from testbed.sounds import Tone

    from persona_core.call.media.voice_mouth import SILENCE
    from persona_web.bridge.media.voices import Voices
    from persona_web.bridge.site import Site

    js.eval("""
      globalThis.told = 0;
      globalThis.handler = Object.getOwnPropertyDescriptor(MessagePort.prototype, "onmessage");
      Object.defineProperty(MessagePort.prototype, "onmessage", { ...handler, set(hear) {
        handler.set.call(this, hear && ((event) => {
          told += event.data instanceof Float32Array; // Pyodide has ports of its own
          hear(event);
        }));
      } });
    """)
    tone = Tone()
    voices = await Voices.load(Site(), 2)
    try:
        voices.attach(1, tone.track, audible=False)
        async with asyncio.timeout(20):
            while voices.features(1).level < 0.5:
                await asyncio.sleep(0.02)
                voices.read()
        tone.hush()
        async with asyncio.timeout(20):
            before = 0
            while js.told != before:  # a busy machine's sound has gaps, and ends later
                before = js.told
                await asyncio.sleep(0.5)
        voices.read()
        at_last = voices.features(1)
    finally:
        js.eval('Object.defineProperty(MessagePort.prototype, "onmessage", handler)')
        voices.close()
        tone.close()

    assert before > 0
    assert at_last == SILENCE


@run_in_pyodide
async def test_voice_is_heard_without_another_offer_when_a_track_is_set(selenium):
    import asyncio

    from testbed.peers import close, connected_pair
    from testbed.sounds import Tone

    from persona_web.bridge.media.voices import Voices
    from persona_web.bridge.site import Site

    tone, other = Tone(), Tone(440.0)
    caller, callee = await connected_pair()
    with caller.unheard():
        caller.transport.set_audio(tone.track)
    track = await callee.hear("audio")
    offers = len(caller.all("description"))
    caller.transport.set_audio(other.track)
    caller.transport.set_audio(None)
    caller.transport.set_audio(tone.track)
    voices = await Voices.load(Site(), 2)
    voices.attach(1, track, audible=True)
    async with asyncio.timeout(20):
        while voices.features(1).level < 0.2:
            await asyncio.sleep(0.02)
            voices.read()
    voices.close()
    close(caller, callee)
    tone.close()
    other.close()

    assert offers == len(caller.all("description")) == 1
    assert caller.all("error") == callee.all("error") == []


@run_in_pyodide
async def test_control_channel_tells_when_it_has_drained(selenium):
    from testbed.peers import close, connected_pair

    caller, callee = await connected_pair()
    texts = ["x" * 16_000] * 8
    with caller.unheard():
        assert all(caller.transport.send_control(text) for text in texts)
        assert caller.transport.control_backlog() > 65_536
    await caller.hear("drained")
    assert caller.transport.control_backlog() <= 32_768
    await callee.hear("control", times=len(texts))
    close(caller, callee)

    assert caller.transport.control_backlog() == 0


# The microphone


@pytest.fixture
def own_media_devices(selenium: PageRunner) -> Iterator[None]:
    yield
    selenium.run_js("delete navigator.mediaDevices; delete navigator.mediaDevices.getUserMedia")


@run_in_pyodide
async def open_microphone(selenium):
    from persona_web.bridge.media.microphone import Microphone
    from persona_web.bridge.site import Site

    await (await Microphone.load(Site())).open("", lambda: None)


@run_in_pyodide
async def test_microphone_gives_a_living_track_until_closed_when_it_may_be_used(selenium):
    from testbed.hearing import Hearing

    from persona_web.bridge.media.microphone import Microphone
    from persona_web.bridge.site import Site

    hearing = Hearing()
    microphone = await Microphone.load(Site())
    track = await microphone.open("", lambda: hearing.note("lost"))
    assert (track.js_track.kind, track.js_track.readyState) == ("audio", "live")
    track.set_live(False)
    assert not track.js_track.enabled
    track.set_live(True)
    assert track.js_track.enabled
    devices = dict(await microphone.devices())
    assert track.device in devices
    assert devices[track.device]
    for device in devices:
        again = await microphone.open(device, lambda: None)
        assert again.device == device
        again.close()
    unplugged = await microphone.open("f" * 64, lambda: None)
    assert unplugged.device in devices
    unplugged.close()
    track.close()

    assert track.js_track.readyState == "ended"
    assert hearing.events == []


def test_microphone_says_refused_when_the_person_forbids_it(
    selenium: PageRunner, permissions: SetPermission
) -> None:
    permissions("microphone", "denied")

    with pytest.raises(MicrophoneError, match="NotAllowedError") as caught:
        open_microphone(selenium)

    assert caught.value.code == "microphone-refused"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("NotFoundError", "microphone-missing"),
        ("SecurityError", "microphone-refused"),
        ("NotReadableError", "microphone-busy"),
        ("InvalidStateError", "microphone-failed"),
    ],
)
def test_microphone_gives_our_code_when_the_platform_refuses_in_its_words(
    selenium: PageRunner, own_media_devices: None, name: str, code: str
) -> None:
    selenium.run_js(
        "navigator.mediaDevices.getUserMedia ="
        f" () => Promise.reject(new DOMException('the reason', '{name}'))"
    )

    with pytest.raises(MicrophoneError) as caught:
        open_microphone(selenium)

    assert (caught.value.code, caught.value.detail) == (code, f"{name}: the reason")


def test_microphone_says_insecure_when_the_page_has_no_media_devices(
    selenium: PageRunner, own_media_devices: None
) -> None:
    selenium.run_js("Object.defineProperty(navigator, 'mediaDevices', { configurable: true })")

    with pytest.raises(MicrophoneError) as caught:
        open_microphone(selenium)

    assert caught.value.code == "microphone-insecure"


# What else a call needs of the page


@run_in_pyodide
def test_tab_storage_keeps_strings_beside_the_other_store(selenium):
    import js

    from persona_web.bridge.storage import BrowserStorage, TabStorage

    storage = TabStorage()
    assert storage.set("seat", "42") is True
    assert storage.get("seat") == "42"
    assert BrowserStorage().get("seat") is None
    assert js.sessionStorage.getItem("vp.seat") == "42"
    storage.remove("seat")
    assert storage.get("seat") is None


@run_in_pyodide
async def test_relayed_bytes_reach_the_peer_unaltered_when_both_are_in_the_room(
    selenium, signaling_url
):
    from testbed.hearing import SocketHearing
    from testbed.joins import identity_of, join_as

    from persona_core.wire.relay_frame import encode_relay_frame, parse_relay_frame
    from persona_core.wire.signaling import RelayFrame
    from persona_web.bridge.network.socket import BrowserSockets

    hearings, sockets = [], []
    for name in ("ann", "ben"):
        hearings.append(SocketHearing())
        sockets.append(BrowserSockets().open(signaling_url, hearings[-1]))
        assert sockets[-1].send_bytes(b"too early") is False
        await hearings[-1].hear("open")
        sockets[-1].send(join_as(name, "relayed"))
        await hearings[-1].hear("text")
    payload = bytes(range(256))
    assert (
        sockets[0].send_bytes(encode_relay_frame(RelayFrame(identity_of("ben").peer, payload)))
        is True
    )
    assert sockets[0].send_bytes(bytes(5_000)) is False
    data = await hearings[1].hear("bytes")
    for one in sockets:
        one.close()

    assert type(data) is bytes
    assert parse_relay_frame(data) == RelayFrame(identity_of("ann").peer, payload)
    assert sockets[0].send_bytes(b"closed") is False
