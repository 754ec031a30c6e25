"""Which devices a person chose, while they come and go."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.support.storage import DictStorage

from persona_web.capture.device_choice import (
    MOST_DEVICES,
    MOST_LETTERS,
    Device,
    DeviceChoice,
    DeviceKind,
    Unplugged,
    read_devices,
)

CAMERA, SPEAKER = DeviceKind.CAMERA, DeviceKind.SPEAKER
FRONT, BACK = Device(CAMERA, "f", "Front"), Device(CAMERA, "b", "Back")
EARS = Device(SPEAKER, "e", "Ears")


def test_choice_is_used_again_when_its_device_comes_back() -> None:
    storage = DictStorage()
    DeviceChoice(storage).choose(CAMERA, "b")
    choice = DeviceChoice(storage)
    seen = []
    for there in ((), (FRONT, BACK), (FRONT,), (FRONT, BACK)):
        choice.take(there, {})
        seen.append(choice.chosen(CAMERA))
    assert seen == ["", "b", "", "b"]
    assert choice.wished(CAMERA) == "b"
    assert choice.chosen(SPEAKER) == ""


def test_device_in_use_is_missed_and_the_next_is_named_when_it_goes() -> None:
    choice = DeviceChoice(DictStorage())
    assert choice.take((FRONT, BACK, EARS), {CAMERA: "f"}) == ()
    assert choice.take((BACK, EARS), {CAMERA: "f", SPEAKER: "e"}) == (Unplugged(FRONT, BACK),)
    assert choice.take((BACK, EARS), {CAMERA: "f"}) == (), "it is told once"
    assert choice.take((EARS,), {CAMERA: "b"}) == (Unplugged(BACK, None),)
    assert choice.take((), {CAMERA: "b"}) == (), "nobody used the speaker"


def test_noise_suppression_is_on_till_the_person_says_otherwise() -> None:
    storage = DictStorage()
    choice = DeviceChoice(storage)
    assert choice.noise_suppression
    choice.suppress_noise(False)
    assert not DeviceChoice(storage).noise_suppression
    choice.suppress_noise(True)
    assert DeviceChoice(storage).noise_suppression


kinds = st.sampled_from([*DeviceKind, "", "camera", "videoinput "])


@given(st.lists(st.tuples(kinds, st.text(max_size=4), st.text(max_size=200)), max_size=120))
def test_list_is_bounded_and_sound_whatever_the_browser_says(
    found: list[tuple[str, str, str]],
) -> None:
    devices = read_devices(found)
    for kind in DeviceKind:
        assert sum(one.kind is kind for one in devices) <= MOST_DEVICES
    assert all(one.device and len(one.name) <= MOST_LETTERS for one in devices)
    told = {(kind, device) for kind, device, _name in found}
    assert all((one.kind.value, one.device) in told for one in devices)
