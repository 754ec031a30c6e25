"""A million hostile frames: nothing escapes, nothing grows.

The frames are made by a seeded generator, a batch at a time: noise, noise that begins as a frame
does, genuine frames with bytes changed, cut or added, sequence numbers and times that jump, wrap,
stand still and run backwards.
"""

from __future__ import annotations

import gc
import math
from collections.abc import Iterator

import numpy as np
import pytest

from persona_core.call.media.jitter_buffer import CAPACITY
from persona_core.call.media.transit_window import WINDOW_FRAMES
from persona_core.call.remote_peer import RemotePeer
from persona_core.face.params import FaceParams
from persona_core.wire import codec

FRAMES = 1_000_000
BATCH = 10_000
LONGEST = 128
GENUINE = codec.encode_frame(FaceParams(1_000.0, np.full(52, 0.5, dtype=np.float32)), 0)


def batch(draw: np.random.Generator, number: int) -> Iterator[bytes]:
    """Ten thousand frames."""
    noise = draw.integers(0, 256, (BATCH, LONGEST), dtype=np.uint8)
    lengths = np.full(BATCH, codec.BASE_FRAME_BYTES)
    odd = draw.random(BATCH) < 0.3
    lengths[odd] = draw.integers(0, LONGEST + 1, odd.sum())
    frames = noise.copy()
    like = draw.random(BATCH) < 0.6
    frames[like, : len(GENUINE)] = np.frombuffer(GENUINE, dtype=np.uint8)
    flips = draw.random((BATCH, len(GENUINE))) < 0.02
    frames[:, : len(GENUINE)][flips] = noise[:, : len(GENUINE)][flips]
    frames[draw.random(BATCH) < 0.9, 0] = codec.VERSION << 4 | 1
    frames[:, 1:7] = _numbers(draw, number)
    return (frame[:length].tobytes() for frame, length in zip(frames, lengths, strict=True))


def _numbers(draw: np.random.Generator, number: int) -> np.ndarray:
    """Sequence numbers and times, in the manner of this batch's turn."""
    steps = np.arange(BATCH) + number * BATCH
    sequences, times = steps, steps * 33
    match number % 5:
        case 0:  # in order, some overtaking
            sequences = steps + draw.integers(-3, 4, BATCH)
        case 1:  # anything at all
            sequences = draw.integers(0, 1 << 16, BATCH)
            times = draw.integers(0, 1 << 32, BATCH)
        case 2:  # the same again and again
            sequences = steps // 7
            times = np.full(BATCH, 5)
        case 3:  # backwards, round the wrap
            times = (1 << 32) - steps * 33
        case 4:  # leaps to and fro
            times = steps * 33 + (steps // 50 % 2) * 2**31
            sequences = steps + (steps // 10 % 3) * 20_000
    packed = np.empty((BATCH, 6), dtype=np.uint8)
    packed[:, :2] = (sequences % (1 << 16)).astype("<u2")[:, None].view(np.uint8)
    packed[:, 2:] = (times % (1 << 32)).astype("<u4")[:, None].view(np.uint8)
    return packed


@pytest.mark.parametrize("seed", [20])
def test_nothing_escapes_and_nothing_grows_when_a_million_hostile_frames_come(seed: int) -> None:
    draw = np.random.default_rng(seed)
    remote = RemotePeer("hostile")
    came = known = 0
    now_ms = 0.0
    for number in range(FRAMES // BATCH):
        for data in batch(draw, number):
            now_ms += 0.7
            remote.take_frame(data, now_ms)
            came += 1
            if came % 40 == 0:
                face = remote.sample(now_ms)
                if face is not None:
                    _check(face)
        buffer = remote._buffer
        assert len(buffer._times) == len(buffer._frames) == len(buffer._vectors) <= CAPACITY
        window = buffer._clock.transits
        assert len(window._by_size) == len(window._by_arrival) <= WINDOW_FRAMES
        assert len(remote.counts.dropped) <= 6
        if number == 10:
            gc.collect()
            known = len(gc.get_objects())
    refused = sum(remote.counts.dropped.values())
    assert remote.counts.decoded + refused == came == FRAMES
    assert remote.counts.decoded > FRAMES // 10
    assert refused > FRAMES // 10
    gc.collect()
    assert len(gc.get_objects()) < known + 500


def _check(face: FaceParams) -> None:
    assert math.isfinite(face.time_ms)
    assert 0.0 <= face.blendshapes.min() <= face.blendshapes.max() <= 1.0
    assert abs(float(np.linalg.norm(face.rotation)) - 1.0) < 1e-3
    assert np.isfinite(face.translation).all()
    assert 0.2 < face.scale < 4.1
