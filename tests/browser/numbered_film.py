"""The sample video with its frames numbered, and which frame each face of a call is of.

A fake camera plays its file at its own pace, loops it and leaves frames out on a busy machine. So
each frame carries its number: a row of squares in a corner, black or white, the ones first.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from tests.support import face_video
from tests.support.tab import Tab
from tests.support.tapes import Tape

BITS: Final = 10
SIDE: Final = 16
"""Pixels of a square: what JPEG takes together, so that no square shows in another."""

READ_NUMBERS: Final = f"""globalThis.filmed = [];
const post = Worker.prototype.postMessage;
Worker.prototype.postMessage = function (message, ...rest) {{
  // Before it is handed over to the face's worker, which closes it.
  if (message?.kind === "frame") {{
    const copy = message.frame.clone();
    const time = message.captured - performance.timeOrigin;
    const corner = {{ x: 0, y: 0, width: {BITS * SIDE}, height: {SIDE} }};
    const bytes = new Uint8Array(copy.allocationSize({{ rect: corner }}));
    copy.copyTo(bytes, {{ rect: corner }}).then(([brightness]) => {{
      const middle = brightness.offset + {SIDE // 2} * brightness.stride + {SIDE // 2};
      let number = 0;
      for (let bit = 0; bit < {BITS}; bit += 1) {{
        if (bytes[middle + bit * {SIDE}] > 127) number += 2 ** bit;
      }}
      filmed.push([time, number]);
    }}).finally(() => copy.close());
  }}
  return post.call(this, message, ...rest);
}};"""
"""An init script: notes the number of every frame that the face's worker is given."""


def as_camera(vendor: Path) -> Path:
    """The numbered video for a fake camera, made once.

    Raises:
        FileNotFoundError: the sample video was not fetched.
    """
    row = f"drawbox=w={BITS * SIDE}:h={SIDE}:color=black:t=fill"
    squares = [
        f"drawbox=x={bit * SIDE}:w={SIDE}:h={SIDE}:color=white:t=fill"
        f":enable='mod(floor(n/{2**bit}),2)'"
        for bit in range(BITS)
    ]
    return face_video.convert(vendor, ".numbered.mjpeg", row, *squares)


def frames_of(tab: Tab, tape: Tape) -> npt.NDArray[np.intp]:
    """Which frame of the video each face of a sender's tape was read from."""
    noted = np.array(tab.page.evaluate("filmed"))
    apart = np.abs(tape.times[:, None] - noted[None, :, 0])
    nearest = apart.argmin(axis=1)
    assert apart.min(axis=1).max() < 1.0, "a face's time is its frame's, in whole milliseconds"
    return noted[nearest, 1].astype(np.intp)
