"""Wire codec v1: one :class:`FaceParams` in 62 bytes, 88 with a residual, little-endian.

    offset  size  field
    0       1     version in the high nibble; flags in the low one: bit 0 = tracked,
                  bits 1-3 are sent as 0 and ignored
    1       2     sequence number, one more for each frame sent, wraps at 2**16
    3       4     capture time in whole ms of the sender's monotonic clock, wraps at 2**32
    7       45    blendshapes 1..51 (``_neutral`` is not sent), 7 bits each: round(127 v).
                  One stream of bits: value i lies in bits 7i..7i+6, counted from the lowest
                  bit of the first byte; the last 3 bits are 0
    52      8     pose: bits 0-1 which quaternion component is the largest and left out,
                  2-13, 14-25, 26-37 the other three in order, from -1/sqrt(2)..1/sqrt(2) to
                  0..4094, 2047 being 0; 38-39 are 0; 40-51 and 52-63 translation x and y,
                  from -4..4 face-widths to 0..4094, 2047 being 0
    60      2     bits 0-9 scale, from 1/4..4 to 0..1022 by its logarithm, 511 being 1;
                  10-12 the left hand's gesture, 13-15 the right hand's

Then any number of extra fields, each (type u8, length u8, ``length`` bytes), up to 96 bytes in
all; the types are told in :mod:`persona_core.face.optional_fields`. A reader skips those that it
does not know. A frame of another version is refused.

Each frame is whole by itself: one that is lost takes nothing with it.

The largest component of a unit quaternion follows from the other three, and those never exceed
1/sqrt(2): "smallest three". Every scale has an odd number of steps, so that the neutral face is
sent exactly. There is no checksum: the data channel's DTLS has one.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass, replace

import numpy as np

from persona_core.base.arrays import Floats
from persona_core.errors import TruncatedFrameError, UnsupportedVersionError, WireError
from persona_core.face import blendshapes, quaternion
from persona_core.face.optional_fields import OPTIONAL_FIELDS
from persona_core.face.params import RESIDUAL_COUNT, FaceParams, Gesture

VERSION = 1
BASE_FRAME_BYTES = 62
RESIDUAL_FRAME_BYTES = BASE_FRAME_BYTES + 2 + RESIDUAL_COUNT
"""Of a frame with a residual and no field besides."""
MAX_FRAME_BYTES = 96
SEQUENCE_MODULUS = 1 << 16
TIME_MODULUS = 1 << 32

MAX_TRANSLATION = 4.0
"""Face-widths. Beyond the edge of any webcam's image at arm's length; more is clipped."""
MAX_SCALE = 4.0
"""The nearest a face can be, relative to its neutral; the farthest is its inverse."""

SHAPE_ERROR = 0.5 / 127
"""Largest error of a blendshape after a round trip."""
ROTATION_ERROR_DEGREES = 0.07
"""Largest error of the rotation: three components off by half a step each, the fourth by what
follows, worst where all four are 1/2."""
TRANSLATION_ERROR = 0.5 * MAX_TRANSLATION / 2047
"""Largest error of the translation within its range, in face-widths."""
SCALE_ERROR = MAX_SCALE ** (0.5 / 511) - 1.0
"""Largest relative error of the scale within its range."""

_LAYOUT = struct.Struct("<BHI45sQH")
_SHAPE_BITS = 7
_SHAPE_COUNT = blendshapes.COUNT - 1
_SHAPE_STEPS = np.float32(127)
_HALF_12_BITS = 2047
_HALF_10_BITS = 511
_TRACKED = 1
_COMPONENT_STEP = math.sqrt(0.5) / _HALF_12_BITS
_TRANSLATION_STEP = MAX_TRANSLATION / _HALF_12_BITS
_SCALE_STEP = math.log(MAX_SCALE) / _HALF_10_BITS
_GESTURES = tuple(Gesture)


@dataclass(frozen=True, slots=True)
class ExtraField:
    """An optional field after the base frame. ``type`` is 0..255, ``payload`` <= 32 bytes."""

    type: int
    payload: bytes


@dataclass(frozen=True, slots=True, eq=False)
class WireFrame:
    """A decoded frame. ``sequence`` and ``params.time_ms`` are as sent: they wrap.

    ``extras`` are the fields that are not in ``params``.
    """

    params: FaceParams
    sequence: int
    extras: tuple[ExtraField, ...] = ()


def encode_frame(params: FaceParams, sequence: int, extras: tuple[ExtraField, ...] = ()) -> bytes:
    """The frame of ``params``: 62 bytes, 26 more with a residual, 2 + its payload for each
    extra field.

    Values outside the ranges of the table are clipped; ``sequence`` and the time wrap.

    Raises:
        ValueError: a value that is not finite, or more than 96 bytes in all.
    """
    shapes = params.blendshapes[1:]
    w, x, y, z = params.rotation.tolist()
    across, up = params.translation.tolist()
    total = float(shapes.sum()) + w + x + y + z + across + up + params.scale + params.time_ms
    own = []
    for kind, optional in OPTIONAL_FIELDS.items():
        value = getattr(params, optional.name)
        if value is not None:
            total += float(np.sum(value))
            own.append(ExtraField(kind, optional.write(value)))
    if not math.isfinite(total):
        raise ValueError("a frame of values that are not finite cannot be sent")
    pose = (
        _pack_rotation((w, x, y, z))
        | _quantise(across, _TRANSLATION_STEP, _HALF_12_BITS) << 40
        | _quantise(up, _TRANSLATION_STEP, _HALF_12_BITS) << 52
    )
    left, right = params.gestures
    log_scale = math.log(max(params.scale, 1.0 / MAX_SCALE))
    base = _LAYOUT.pack(
        VERSION << 4 | (_TRACKED if params.tracked else 0),
        sequence % SEQUENCE_MODULUS,
        round(params.time_ms) % TIME_MODULUS,
        _pack_shapes(shapes),
        pose,
        _quantise(log_scale, _SCALE_STEP, _HALF_10_BITS) | left << 10 | right << 13,
    )
    return _with_extras(base, (*own, *extras)) if own or extras else base


def with_sequence(frame: bytes, sequence: int) -> bytes:
    """An encoded frame under another sequence number, which wraps."""
    return frame[:1] + (sequence % SEQUENCE_MODULUS).to_bytes(2, "little") + frame[3:]


def decode_frame(data: bytes) -> WireFrame:
    """The frame in ``data``. Whatever the bytes, the values it holds are in range.

    Raises:
        TruncatedFrameError: shorter than the base frame or than an extra field says.
        UnsupportedVersionError: a frame of another version.
        WireError: longer than any frame may be (code ``oversized-frame``).
    """
    if not data:
        raise TruncatedFrameError("an empty frame")
    if data[0] >> 4 != VERSION:
        raise UnsupportedVersionError(f"version {data[0] >> 4}; we speak {VERSION}")
    if len(data) < BASE_FRAME_BYTES:
        raise TruncatedFrameError(f"{len(data)} of {BASE_FRAME_BYTES} bytes")
    if len(data) > MAX_FRAME_BYTES:
        raise WireError(f"{len(data)} bytes; at most {MAX_FRAME_BYTES}", code="oversized-frame")
    flags, sequence, time_ms, shapes, pose, scale = _LAYOUT.unpack_from(data)
    params = FaceParams(
        time_ms=float(time_ms),
        blendshapes=_unpack_shapes(shapes),
        rotation=_unpack_rotation(pose),
        translation=np.array(
            [
                _restore(pose >> 40 & 0xFFF, _TRANSLATION_STEP, _HALF_12_BITS),
                _restore(pose >> 52, _TRANSLATION_STEP, _HALF_12_BITS),
            ],
            dtype=np.float32,
        ),
        scale=math.exp(_restore(scale & 0x3FF, _SCALE_STEP, _HALF_10_BITS)),
        tracked=bool(flags & _TRACKED),
        gestures=(_GESTURES[scale >> 10 & 7], _GESTURES[scale >> 13]),
    )
    if len(data) == BASE_FRAME_BYTES:
        return WireFrame(params, sequence)
    extras = _read_extras(data)
    first = {extra.type: extra.payload for extra in reversed(extras)}
    own = {
        optional.name: optional.read(first[kind])
        for kind, optional in OPTIONAL_FIELDS.items()
        if kind in first
    }
    others = tuple(extra for extra in extras if extra.type not in OPTIONAL_FIELDS)
    return WireFrame(replace(params, **own), sequence, others)


def _quantise(value: float, step: float, half: int) -> int:
    return max(-half, min(half, round(value / step))) + half


def _restore(code: int, step: float, half: int) -> float:
    return (min(code, 2 * half) - half) * step


def _pack_shapes(shapes: Floats) -> bytes:
    codes = (np.clip(shapes, 0.0, 1.0) * _SHAPE_STEPS + np.float32(0.5)).astype(np.uint8)
    bits = np.unpackbits(codes[:, np.newaxis], axis=1, count=_SHAPE_BITS, bitorder="little")
    return np.packbits(bits, bitorder="little").tobytes()


def _unpack_shapes(data: bytes) -> Floats:
    packed = np.frombuffer(data, dtype=np.uint8)
    bits = np.unpackbits(packed, count=_SHAPE_BITS * _SHAPE_COUNT, bitorder="little")
    codes = np.packbits(bits.reshape(_SHAPE_COUNT, _SHAPE_BITS), axis=1, bitorder="little")
    shapes = np.zeros(blendshapes.COUNT, dtype=np.float32)
    np.divide(codes[:, 0], _SHAPE_STEPS, out=shapes[1:])
    return shapes


def _pack_rotation(rotation: tuple[float, float, float, float]) -> int:
    largest = max(range(4), key=lambda index: abs(rotation[index]))
    # q and -q are one rotation: send the one whose largest component is positive.
    step = math.copysign(_COMPONENT_STEP, rotation[largest])
    packed, shift = largest, 2
    for index in range(4):
        if index != largest:
            packed |= _quantise(rotation[index], step, _HALF_12_BITS) << shift
            shift += 12
    return packed


def _unpack_rotation(pose: int) -> Floats:
    components = [
        _restore(pose >> shift & 0xFFF, _COMPONENT_STEP, _HALF_12_BITS) for shift in (2, 14, 26)
    ]
    squares = sum(component * component for component in components)
    # A hostile frame can hold three components longer than 1 together: hence max and unit length.
    components.insert(pose & 3, math.sqrt(max(0.0, 1.0 - squares)))
    return quaternion.from_components(*components)


def _with_extras(base: bytes, extras: tuple[ExtraField, ...]) -> bytes:
    fields = [bytes((extra.type, len(extra.payload))) + extra.payload for extra in extras]
    frame = b"".join([base, *fields])
    if len(frame) > MAX_FRAME_BYTES:
        raise ValueError(f"{len(frame)} bytes; a frame has at most {MAX_FRAME_BYTES}")
    return frame


def _read_extras(data: bytes) -> tuple[ExtraField, ...]:
    extras = []
    offset = BASE_FRAME_BYTES
    while offset < len(data):
        if offset + 2 > len(data):
            raise TruncatedFrameError("an extra field without its length")
        end = offset + 2 + data[offset + 1]
        if end > len(data):
            raise TruncatedFrameError(f"an extra field ends {end - len(data)} bytes short")
        extras.append(ExtraField(data[offset], bytes(data[offset + 2 : end])))
        offset = end
    return tuple(extras)
