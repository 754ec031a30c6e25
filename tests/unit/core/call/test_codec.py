from __future__ import annotations

import math
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from tests.support.refusals import refusal

from persona_core.errors import TruncatedFrameError, UnsupportedVersionError, WireError
from persona_core.face import quaternion
from persona_core.face.optional_fields import RESIDUAL_FIELD
from persona_core.face.params import RESIDUAL_COUNT, FaceParams, Gesture
from persona_core.face.residual.residual_code import ERROR, REACH
from persona_core.wire.codec import (
    BASE_FRAME_BYTES,
    MAX_FRAME_BYTES,
    MAX_SCALE,
    MAX_TRANSLATION,
    RESIDUAL_FRAME_BYTES,
    ROTATION_ERROR_DEGREES,
    SCALE_ERROR,
    SEQUENCE_MODULUS,
    SHAPE_ERROR,
    TIME_MODULUS,
    TRANSLATION_ERROR,
    ExtraField,
    decode_frame,
    encode_frame,
)
from persona_core.wire.frame_decoder import FrameDecoder

untimed = settings(deadline=None)

component = st.floats(-1.0, 1.0)
rotations = (
    st.tuples(component, component, component, component)
    .filter(lambda q: sum(c * c for c in q) > 0.01)
    .map(lambda q: quaternion.from_components(*q))
)
faces = st.builds(
    FaceParams,
    time_ms=st.floats(0.0, TIME_MODULUS - 1.0),
    blendshapes=hnp.arrays(np.float32, 52, elements=st.floats(0.0, 1.0, width=32)),
    rotation=rotations,
    translation=hnp.arrays(
        np.float32, 2, elements=st.floats(-MAX_TRANSLATION, MAX_TRANSLATION, width=32)
    ),
    scale=st.floats(1.0 / MAX_SCALE, MAX_SCALE),
    tracked=st.booleans(),
    gestures=st.tuples(st.sampled_from(Gesture), st.sampled_from(Gesture)),
)
extra_fields = st.builds(
    ExtraField,
    st.integers(0, 255).filter(lambda kind: kind != RESIDUAL_FIELD),
    st.binary(max_size=32),
)
residuals = hnp.arrays(np.float32, RESIDUAL_COUNT, elements=st.floats(-REACH, REACH, width=32))


@untimed
@given(faces, st.integers(0, 2**20))
def test_round_trip_keeps_every_field_within_its_error_for_any_face(face, sequence):
    data = encode_frame(face, sequence)
    frame = decode_frame(data)
    again = frame.params
    assert len(data) == BASE_FRAME_BYTES <= 64
    assert frame.sequence == sequence % SEQUENCE_MODULUS
    assert abs(again.time_ms - face.time_ms) <= 0.5
    assert np.abs(again.blendshapes - face.blendshapes)[1:].max() <= SHAPE_ERROR + 1e-6
    assert again.blendshapes[0] == 0.0
    turn = quaternion.angle_between(face.rotation, again.rotation)
    assert turn <= ROTATION_ERROR_DEGREES
    assert np.abs(again.translation - face.translation).max() <= TRANSLATION_ERROR + 1e-6
    assert again.scale == pytest.approx(face.scale, rel=SCALE_ERROR + 1e-9)
    assert again.tracked is face.tracked
    assert again.gestures == face.gestures
    assert again.residual is None


@untimed
@given(faces, residuals)
def test_residual_comes_back_within_half_a_step_and_changes_nothing_else(face, residual):
    plain = encode_frame(face, 3)
    data = encode_frame(replace(face, residual=residual), 3)
    assert len(data) == RESIDUAL_FRAME_BYTES == 88 <= MAX_FRAME_BYTES
    assert data[:BASE_FRAME_BYTES] == plain
    frame = decode_frame(data)
    assert np.abs(frame.params.residual - residual).max() <= ERROR + 1e-6
    assert frame.extras == ()
    again = decode_frame(encode_frame(frame.params, 3)).params
    assert (again.residual == frame.params.residual).all()


@untimed
@given(residuals, st.integers(BASE_FRAME_BYTES + 1, RESIDUAL_FRAME_BYTES - 1))
def test_decode_refuses_a_residual_cut_short(residual, size):
    with pytest.raises(TruncatedFrameError):
        decode_frame(encode_frame(FaceParams(0.0, residual=residual), 0)[:size])


@untimed
@given(st.binary(max_size=32))
def test_residual_of_any_length_and_bytes_is_in_reach(payload):
    frame = decode_frame(encode_frame(FaceParams(0.0), 0, (ExtraField(RESIDUAL_FIELD, payload),)))
    assert frame.params.residual.shape == (RESIDUAL_COUNT,)
    assert np.abs(frame.params.residual).max() <= REACH + 1e-6


def test_first_residual_counts_when_a_frame_has_several():
    fields = tuple(ExtraField(RESIDUAL_FIELD, bytes([value])) for value in (127, 0))
    other = ExtraField(9, b"later")
    frame = decode_frame(encode_frame(FaceParams(0.0), 0, (*fields, other)))
    assert frame.params.residual[0] == pytest.approx(REACH)
    assert frame.extras == (other,)


def test_older_reader_finds_its_face_and_skips_the_residual():
    """By the rule in the format's description: extra fields are stepped over by their length."""
    residual = np.ones(RESIDUAL_COUNT, dtype=np.float32)
    shapes = np.full(52, 0.5, dtype=np.float32)
    data = encode_frame(FaceParams(7.0, blendshapes=shapes, residual=residual), 0)
    assert data[BASE_FRAME_BYTES] == RESIDUAL_FIELD
    assert data[BASE_FRAME_BYTES + 1] == RESIDUAL_COUNT == len(data) - BASE_FRAME_BYTES - 2
    base = decode_frame(data[:BASE_FRAME_BYTES]).params
    assert base.blendshapes[1:] == pytest.approx(shapes[1:], abs=SHAPE_ERROR)


def test_decoder_hands_the_residual_of_each_frame_on_by_itself():
    decoder = FrameDecoder()
    residual = np.full(RESIDUAL_COUNT, 2.0, dtype=np.float32)
    faces = [
        FaceParams(0.0, residual=residual),
        FaceParams(33.0),
        FaceParams(66.0, residual=residual),
    ]
    found = [decoder.feed(encode_frame(face, number)) for number, face in enumerate(faces)]
    assert [face.residual is not None for face in found] == [True, False, True]
    assert found[2].residual == pytest.approx(residual, abs=ERROR)


@untimed
@given(st.binary(max_size=140) | st.binary(max_size=130).map(lambda tail: b"\x10" + tail))
def test_decode_raises_only_wire_errors_for_any_bytes(data):
    try:
        params = decode_frame(data).params
    except WireError:
        return
    assert params.blendshapes.min() >= 0.0
    assert params.blendshapes.max() <= 1.0
    assert np.linalg.norm(params.rotation) == pytest.approx(1.0, abs=1e-5)
    assert np.abs(params.translation).max() <= MAX_TRANSLATION + 1e-6
    assert 1.0 / MAX_SCALE - 1e-9 <= params.scale <= MAX_SCALE + 1e-9


def test_round_trip_is_exact_for_the_neutral_face():
    again = decode_frame(encode_frame(FaceParams(time_ms=5.0), 7)).params
    assert (again.blendshapes == 0.0).all()
    assert again.rotation.tolist() == [1.0, 0.0, 0.0, 0.0]
    assert again.translation.tolist() == [0.0, 0.0]
    assert again.scale == 1.0


def test_bytes_lie_as_documented_for_a_known_face():
    shapes = np.zeros(52, dtype=np.float32)
    shapes[1], shapes[2], shapes[51] = 1.0, 64 / 127, 1.0
    face = FaceParams(
        time_ms=0x01020304,
        blendshapes=shapes,
        translation=np.array([MAX_TRANSLATION, -MAX_TRANSLATION], dtype=np.float32),
        scale=MAX_SCALE,
        gestures=(Gesture.OPEN_PALM, Gesture.I_LOVE_YOU),
    )
    data = encode_frame(face, 0x0A0B)
    assert data[:7].hex() == "110b0a04030201"
    bits = int.from_bytes(data[7:52], "little")
    assert bits == 127 | 64 << 7 | 127 << 350
    pose = int.from_bytes(data[52:60], "little")
    assert pose == 0 | 2047 << 2 | 2047 << 14 | 2047 << 26 | 4094 << 40 | 0 << 52
    assert int.from_bytes(data[60:], "little") == 1022 | 2 << 10 | 7 << 13


def test_encode_clips_what_leaves_the_ranges():
    face = FaceParams(
        time_ms=-1.0,
        blendshapes=np.full(52, 3.0, dtype=np.float32),
        translation=np.array([99.0, -99.0], dtype=np.float32),
        scale=0.0,
    )
    again = decode_frame(encode_frame(face, -1)).params
    assert again.blendshapes[1:].tolist() == [1.0] * 51
    assert again.translation == pytest.approx([MAX_TRANSLATION, -MAX_TRANSLATION])
    assert again.scale == pytest.approx(1.0 / MAX_SCALE)
    assert again.time_ms == TIME_MODULUS - 1


def test_encode_refuses_a_value_that_is_not_finite():
    sizes = {"time_ms": None, "scale": None}
    sizes |= {"blendshapes": 52, "rotation": 4, "translation": 2, "residual": 24}
    for (name, size), bad in product(sizes.items(), [math.nan, math.inf, -math.inf]):
        value = bad if size is None else np.full(size, bad, dtype=np.float32)
        face = FaceParams(**({"time_ms": 0.0} | {name: value}))
        error = refusal(ValueError, encode_frame, face, 0)
        assert "finite" in str(error), (name, bad)


@untimed
@given(faces, st.lists(extra_fields, max_size=4))
def test_extra_fields_come_back_when_they_fit(face, extras):
    size = BASE_FRAME_BYTES + sum(2 + len(extra.payload) for extra in extras)
    if size > MAX_FRAME_BYTES:
        with pytest.raises(ValueError, match="at most"):
            encode_frame(face, 0, tuple(extras))
    else:
        assert decode_frame(encode_frame(face, 0, tuple(extras))).extras == tuple(extras)


def test_decode_refuses_a_frame_cut_short():
    frame = encode_frame(FaceParams(0.0), 0)
    for size in range(BASE_FRAME_BYTES):
        assert refusal(TruncatedFrameError, decode_frame, frame[:size]), size


@pytest.mark.parametrize("tail", [b"\x01", b"\x01\x02\x00", b"\x01\x00\x05"])
def test_decode_refuses_an_extra_field_cut_short(tail):
    with pytest.raises(TruncatedFrameError):
        decode_frame(encode_frame(FaceParams(0.0), 0) + tail)


@pytest.mark.parametrize("version", [0, 2, 15])
def test_decode_refuses_another_version(version):
    data = bytearray(encode_frame(FaceParams(0.0), 0))
    data[0] = version << 4
    with pytest.raises(UnsupportedVersionError):
        decode_frame(bytes(data))


def test_decode_refuses_more_bytes_than_a_frame_may_have():
    with pytest.raises(WireError) as raised:
        decode_frame(encode_frame(FaceParams(0.0), 0) + bytes(35))
    assert raised.value.code == "oversized-frame"


def frame(sequence, time_ms=0.0):
    return encode_frame(FaceParams(time_ms=time_ms), sequence)


NEWER = b"\x20" + bytes(61)


@untimed
@given(st.lists(st.binary(max_size=120)))
def test_decoder_never_raises_and_counts_each_frame_for_any_bytes(datagrams):
    decoder = FrameDecoder()
    for data in datagrams:
        decoder.feed(data)
    counts = decoder.counts
    assert counts.decoded + counts.dropped.total() == len(datagrams)
    assert counts.lost >= 0


def test_decoder_unwraps_time_and_sequence_when_they_wrap():
    decoder = FrameDecoder()
    times = [TIME_MODULUS - 50.0 + 33.0 * index for index in range(6)]
    first = SEQUENCE_MODULUS - 3
    outputs = [decoder.feed(frame(first + index, time)) for index, time in enumerate(times)]
    assert [output.time_ms for output in outputs if output] == times
    assert decoder.counts.lost == 0


def test_decoder_hands_a_late_frame_on_once():
    decoder = FrameDecoder()
    for sequence in (0, 1, 3):
        decoder.feed(frame(sequence, sequence * 33.0))
    assert decoder.counts.lost == 1
    late = decoder.feed(frame(2, 66.0))
    assert late is not None
    assert late.time_ms == 66.0
    assert decoder.counts.lost == 0
    assert decoder.feed(frame(2, 66.0)) is None
    assert decoder.counts.dropped == {"duplicate": 1}


def test_decoder_drops_a_straggler_when_it_left_the_window():
    decoder = FrameDecoder()
    for sequence in range(1, 101):
        decoder.feed(frame(sequence))
    assert decoder.feed(frame(10)) is None
    assert decoder.feed(frame(101)) is not None
    assert decoder.counts.dropped == {"out-of-window": 1}


def test_decoder_follows_a_sender_that_starts_anew():
    decoder = FrameDecoder()
    for sequence in range(40_000, 40_010):
        decoder.feed(frame(sequence, 90_000.0 + sequence))
    outputs = [decoder.feed(frame(sequence, sequence * 33.0)) for sequence in range(5)]
    assert [output is not None for output in outputs] == [False, True, True, True, True]


def test_decoder_takes_every_frame_when_it_was_told_that_the_sender_starts_anew():
    decoder = FrameDecoder()
    for sequence in range(40):
        decoder.feed(frame(sequence))
    decoder.begin_anew()
    assert all(decoder.feed(frame(sequence)) for sequence in range(50))
    assert decoder.counts.decoded == 90
    assert not decoder.counts.dropped


def test_peer_is_newer_when_only_higher_versions_come():
    decoder = FrameDecoder()
    for _ in range(FrameDecoder.NEWER_RUN - 1):
        decoder.feed(NEWER)
    assert not decoder.peer_is_newer
    decoder.feed(NEWER)
    assert decoder.peer_is_newer
    assert decoder.counts.dropped == {"unsupported-version": FrameDecoder.NEWER_RUN}
    decoder.feed(frame(0))
    assert not decoder.peer_is_newer


@pytest.mark.parametrize("data", [b"", b"\x00" + bytes(61), b"\x10"])
def test_peer_is_not_newer_when_its_frames_are_merely_bad(data):
    decoder = FrameDecoder()
    for _ in range(2 * FrameDecoder.NEWER_RUN):
        decoder.feed(data)
    assert not decoder.peer_is_newer
