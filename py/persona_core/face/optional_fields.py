"""The fields of :class:`FaceParams` that travel only where something is known of them.

Each goes over the wire beside the base frame, under its type; who does not know the type steps
over it (:mod:`persona_core.wire.codec`). All of them together may take 34 bytes.

    type  length  field
    1     24      residual, one signed byte a coefficient: round(12.7 r), -127..127. A shorter
                  one leaves the last coefficients at 0, bytes beyond 24 are skipped; if there
                  are several, the first counts. The number of the type also names the landmark
                  basis whose coefficients they are: another basis gets another type
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np

from persona_core.face.residual import residual_code

RESIDUAL_FIELD: Final = 1


class OptionalField(NamedTuple):
    """A field of :class:`FaceParams`, None where it is not sent. ``read`` takes any bytes."""

    name: str
    write: Callable[[Any], bytes]
    read: Callable[[bytes], Any]


OPTIONAL_FIELDS: Final = {
    RESIDUAL_FIELD: OptionalField(
        "residual",
        lambda residual: residual_code.to_code(residual).tobytes(),
        lambda payload: residual_code.from_code(np.frombuffer(payload, dtype=np.int8)),
    ),
}
"""By their type on the wire, in the order in which they are sent."""
