"""Which faces go out."""

from __future__ import annotations

from persona_core.face.params import FaceParams
from persona_web.room.face_sender import FaceSender


def sent_of(offers: list[tuple[float, float]]) -> list[float]:
    """Capture times of the faces sent, of offers of (capture time, time of the offer)."""
    sent: list[float] = []
    sender = FaceSender(lambda face: sent.append(face.time_ms) or 1)
    for time_ms, now_ms in offers:
        sender.offer(FaceParams(time_ms=time_ms), now_ms)
    return sent


def test_sender_sends_every_face_when_the_tracker_keeps_the_rate() -> None:
    times = [step * 1000.0 / 30.0 for step in range(30)]
    assert sent_of([(time, time + 50.0) for time in times]) == times


def test_sender_sends_a_face_once_when_it_is_shown_for_several_frames() -> None:
    sent: list[float] = []
    sender = FaceSender(lambda face: sent.append(face.time_ms) or 1)
    offered = [sender.offer(FaceParams(time_ms=5.0), now_ms) for now_ms in (50.0, 100.0, 150.0)]
    assert offered == [True, False, False]
    assert sent == [5.0]


def test_sender_leaves_out_faces_when_they_come_faster_than_the_call_wants() -> None:
    times = [step * 1000.0 / 60.0 for step in range(60)]
    assert sent_of([(time, time) for time in times]) == times[::2]


def test_sender_says_so_when_nobody_is_there_to_hear() -> None:
    assert not FaceSender(lambda _face: 0).offer(FaceParams(time_ms=1.0), 100.0)
