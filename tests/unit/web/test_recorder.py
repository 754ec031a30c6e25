"""The tapes of frames for tests and reports."""

from __future__ import annotations

from persona_core.face.params import FaceParams
from persona_core.wire.codec import decode_frame
from persona_web.room.call_report import CAPACITY, Recorder


def test_recorder_keeps_nothing_before_it_is_started() -> None:
    recorder = Recorder()
    recorder.add("sent", 0.0, FaceParams(time_ms=0.0))
    assert recorder.tapes() == {}


def test_recorder_gives_back_the_frames_when_asked() -> None:
    recorder = Recorder()
    recorder.start()
    recorder.add("sent", 5.0, FaceParams(time_ms=1234.0, scale=1.5))
    ((time_ms, data),) = recorder.tapes()["sent"]
    assert time_ms == 5.0
    assert decode_frame(bytes.fromhex(data)).params.time_ms == 1234.0


def test_recorder_drops_the_oldest_when_full() -> None:
    recorder = Recorder()
    recorder.start()
    for step in range(CAPACITY + 5):
        recorder.add("received", float(step), FaceParams(time_ms=float(step)))
    assert recorder.tapes()["received"][0][0] == 5.0
