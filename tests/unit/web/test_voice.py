"""The own voice: a microphone that comes and goes, and a wish that nobody else changes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from tests.support.storage import DictStorage

from persona_core.errors import IllegalEventError, MicrophoneError
from persona_web.capture.device import DEVICE_TABLE, DeviceEvent, DeviceState
from persona_web.capture.voice_capture import DEVICE_KEY, MUTED_KEY, VoiceCapture, VoiceStatus
from persona_web.capture.voice_trial import voice_trial


class FakeMicrophone:
    def __init__(self, device: str) -> None:
        self.device = device
        self.live = False
        self.closed = False

    def set_live(self, live: bool) -> None:
        self.live = live

    def close(self) -> None:
        self.closed = True


class Desk:
    """A person's devices, and the voice that uses them.

    Args:
        muted: what an earlier visit has kept; None for a newcomer.
    """

    def __init__(self, muted: bool | None = False) -> None:
        self.storage = DictStorage()
        if muted is not None:
            self.storage[MUTED_KEY] = "true" if muted else "false"
        self.opened: list[FakeMicrophone] = []
        self.problem: str | None = None
        self.answered = asyncio.Event()
        self.answered.set()
        self.pull: Callable[[], None] = lambda: None
        self.heard: list[VoiceStatus] = []
        self.voice: VoiceCapture[FakeMicrophone] = VoiceCapture(
            self.open, self.storage, self.heard.append
        )

    async def open(self, device: str, on_lost: Callable[[], None]) -> FakeMicrophone:
        await self.answered.wait()
        if self.problem is not None:
            raise MicrophoneError("no", code=self.problem)
        self.opened.append(FakeMicrophone(device or "default"))
        self.pull = on_lost
        return self.opened[-1]


async def test_newcomer_is_muted_and_not_asked_for_a_microphone_when_the_call_begins() -> None:
    desk = Desk(muted=None)
    await desk.voice.enter()
    assert desk.opened == []
    assert desk.voice.status == VoiceStatus(DeviceState.OFF, True, None)
    assert MUTED_KEY not in desk.storage, "nobody has wished for anything"
    await desk.voice.toggle()
    assert desk.voice.status.is_heard


async def test_microphone_stays_off_till_it_is_asked_for_when_the_person_joins_without() -> None:
    desk = Desk()
    await desk.voice.enter(opening=False)
    assert desk.opened == []
    assert desk.voice.status == VoiceStatus(DeviceState.OFF, False, None)
    assert desk.storage[MUTED_KEY] == "false", "what they wish for other calls stays"
    await desk.voice.devices_changed()
    assert desk.opened == []
    await desk.voice.toggle()
    assert desk.voice.status.is_heard


async def test_person_is_heard_when_they_were_at_the_last_call() -> None:
    desk = Desk()
    await desk.voice.enter()
    assert desk.voice.status.is_heard
    assert desk.opened[0].live
    assert [status.microphone for status in desk.heard] == [
        DeviceState.OPENING,
        DeviceState.OPEN,
    ]


async def test_microphone_is_not_opened_before_it_is_wanted_when_the_person_was_muted() -> None:
    desk = Desk(muted=True)
    await desk.voice.enter()
    assert desk.opened == []
    await desk.voice.toggle()
    assert desk.voice.status.is_heard
    assert desk.storage[MUTED_KEY] == "false"


async def test_microphone_stays_open_and_silent_when_it_is_muted() -> None:
    desk = Desk()
    await desk.voice.enter()
    await desk.voice.toggle()
    [microphone] = desk.opened
    assert (microphone.live, microphone.closed) == (False, False)
    assert not desk.voice.status.is_heard
    assert desk.storage[MUTED_KEY] == "true"
    await desk.voice.toggle()
    assert microphone.live
    assert len(desk.opened) == 1


async def test_wish_to_be_muted_outlives_device_and_call_when_both_change() -> None:
    desk = Desk()
    await desk.voice.enter()
    await desk.voice.toggle()
    await desk.voice.choose("headset")
    assert desk.opened[0].closed
    assert not desk.opened[1].live
    desk.pull()
    assert desk.voice.status == VoiceStatus(DeviceState.OFF, True, "microphone-lost")
    desk.voice.rest()
    await desk.voice.enter()
    assert desk.voice.status.muted
    assert len(desk.opened) == 2


@pytest.mark.parametrize("code", ["microphone-refused", "microphone-missing"])
async def test_problem_is_told_and_the_button_tries_again_when_it_could_not_be_opened(
    code: str,
) -> None:
    desk = Desk()
    desk.problem = code
    await desk.voice.enter()
    assert desk.voice.status == VoiceStatus(DeviceState.OFF, False, code)
    desk.problem = None
    await desk.voice.toggle()
    assert desk.voice.status == VoiceStatus(DeviceState.OPEN, False, None)


async def test_microphone_comes_back_by_itself_when_it_is_plugged_in_again() -> None:
    desk = Desk()
    await desk.voice.enter()
    desk.pull()
    assert desk.voice.status.problem == "microphone-lost"
    await desk.voice.devices_changed()
    assert desk.voice.status.is_heard


async def test_person_is_not_asked_again_when_a_device_comes_after_a_refusal() -> None:
    desk = Desk()
    desk.problem = "microphone-refused"
    await desk.voice.enter()
    desk.problem = None
    await desk.voice.devices_changed()
    assert desk.opened == []


async def test_device_is_kept_and_changed_without_a_hole_when_another_is_chosen() -> None:
    desk = Desk()
    await desk.voice.enter()
    await desk.voice.choose("headset")
    assert desk.storage[DEVICE_KEY] == "headset"
    assert [microphone.device for microphone in desk.opened] == ["default", "headset"]
    assert [microphone.closed for microphone in desk.opened] == [True, False]
    assert desk.voice.device == "headset"


async def test_old_device_is_let_go_when_the_new_one_cannot_be_opened() -> None:
    desk = Desk()
    await desk.voice.enter()
    desk.problem = "microphone-busy"
    await desk.voice.choose("headset")
    assert desk.opened[0].closed
    assert desk.voice.status.problem == "microphone-busy"


async def test_microphone_is_closed_at_once_when_the_call_ends_while_the_browser_asks() -> None:
    desk = Desk()
    desk.answered.clear()
    entering = asyncio.create_task(desk.voice.enter())
    await asyncio.sleep(0)
    desk.voice.rest()
    desk.answered.set()
    await entering
    assert [microphone.closed for microphone in desk.opened] == [True]
    assert desk.voice.status == VoiceStatus(DeviceState.OFF, False, None)


async def test_nothing_is_opened_when_there_is_no_call() -> None:
    desk = Desk()
    await desk.voice.choose("headset")
    await desk.voice.devices_changed()
    await desk.voice.toggle()
    assert desk.opened == []
    assert desk.voice.status.muted


async def test_old_loss_is_ignored_when_another_device_is_in_use() -> None:
    desk = Desk()
    await desk.voice.enter()
    pull_old = desk.pull
    await desk.voice.choose("headset")
    pull_old()
    assert desk.voice.status.is_heard


@pytest.mark.parametrize("state", DeviceState)
@pytest.mark.parametrize("event", DeviceEvent)
def test_microphone_steps_as_its_table_says_or_raises_for_every_state_and_event(
    state: DeviceState, event: DeviceEvent
) -> None:
    desk = Desk()
    desk.voice._device.state = state
    following = DEVICE_TABLE.get((state, event))
    if following is None:
        with pytest.raises(IllegalEventError):
            desk.voice._enter(event)
    else:
        desk.voice._enter(event)
        assert (desk.voice.status.microphone, ()) == following


async def test_muted_person_is_heard_as_long_as_the_key_is_held_and_the_wish_stays() -> None:
    desk = Desk(muted=True)
    await desk.voice.talk(True)
    assert desk.opened == [], "there is no call"
    await desk.voice.enter()
    await desk.voice.talk(True)
    assert desk.voice.status.is_heard
    assert desk.opened[0].live
    await desk.voice.talk(True)
    await desk.voice.talk(False)
    assert not desk.voice.status.is_heard
    assert not desk.opened[0].live
    assert not desk.opened[0].closed, "the next word comes at once"
    assert desk.storage[MUTED_KEY] == "true"
    await desk.voice.talk(True)
    desk.voice.rest()
    await desk.voice.enter()
    assert not desk.voice.status.is_heard


async def test_key_that_was_let_go_early_leaves_the_microphone_silent() -> None:
    desk = Desk(muted=True)
    await desk.voice.enter()
    desk.answered.clear()
    talking = asyncio.ensure_future(desk.voice.talk(True))
    await asyncio.sleep(0)
    await desk.voice.talk(False)
    desk.answered.set()
    await talking
    assert not desk.opened[0].live
    assert not desk.voice.status.is_heard


async def test_open_microphone_is_opened_anew_when_what_it_is_opened_with_changes() -> None:
    desk = Desk()
    await desk.voice.renew()
    assert desk.opened == []
    await desk.voice.enter()
    await desk.voice.renew()
    assert [one.closed for one in desk.opened] == [True, False]
    assert desk.voice.status.is_heard


async def test_wish_before_a_call_holds_in_it() -> None:
    desk = Desk(muted=None)
    desk.voice.wish(muted=False)
    assert desk.opened == []
    await desk.voice.enter()
    assert desk.voice.status.is_heard
    assert desk.storage[MUTED_KEY] == "false"


async def test_trial_hears_the_person_and_changes_no_wish() -> None:
    desk = Desk(muted=True)
    heard: list[VoiceStatus] = []
    trial = voice_trial(desk.open, desk.storage, heard.append)
    await trial.enter()
    assert trial.status.is_heard
    await trial.choose("usb")
    assert [one.device for one in desk.opened] == ["default", "usb"]
    desk.pull()
    assert trial.status.problem == "microphone-lost"
    await trial.devices_changed()
    assert trial.status.is_heard
    trial.rest()
    assert all(one.closed for one in desk.opened)
    assert desk.storage == {MUTED_KEY: "true", DEVICE_KEY: "usb"}
