"""LivePortrait-Lite on the CPU: the mesh warp, changed by the nets at mouth and eyes.

The same sums as on the page, in native onnxruntime and numpy, for measuring.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from persona_core.base.arrays import Floats
from persona_core.neural.families.lite_gate import patch_strength
from persona_core.neural.manifest.manifest import Precision
from persona_models.evaluate.reenactment import DrivenMotion, MotionKind, Still
from persona_models.faces.mesh_warp import warp_picture
from persona_models.faces.sampling import sample
from persona_models.faces.tracks import Picture
from persona_models.lite.patch_frame import FEATHER, PatchFrame, PatchPart
from persona_models.lite.patch_inputs import PatchInputs, patch_inputs
from persona_models.onnx.native import NativeModel, run_session

_PARTS = {"mouth": (PatchPart.MOUTH,), "eye": (PatchPart.EYE_RIGHT, PatchPart.EYE_LEFT)}
"""The patches of one run, by the first word of its tensors."""


class LiteRenderer:
    """Satisfies :class:`~persona_models.evaluate.reenactment.FrameRenderer`.

    Args:
        folder: the model.
        gated: whether the photo decides what is left to the nets.

    Raises:
        ManifestError: the model cannot be used.
        OSError: a file of it is missing.
    """

    kinds: tuple[MotionKind, ...] = tuple(MotionKind)

    def __init__(self, folder: Path, *, gated: bool = True) -> None:
        self.name = "Lite" if gated else "Lite, mouth never held back"
        self._gated = gated
        model = NativeModel(folder)
        self._sessions, self._sizes = {}, {}
        for part in _PARTS:
            planes = model.manifest.tensor(f"{part}_planes")
            [graph] = [each for each in model.manifest.graphs if planes in each.inputs]
            self._sessions[part] = model.session(graph, Precision.FP32)
            self._sizes[part] = planes.shape[-1]

    def render(self, still: Still, motions: Sequence[DrivenMotion]) -> list[Picture]:
        return [self.draw(still.picture, still.landmarks, each.landmarks) for each in motions]

    def draw(self, photo: Picture, source: Floats, target: Floats) -> Picture:
        """The photo with its landmarks moved.

        Args:
            photo: (H, W, 3) uint8.
            source: (478, 3) its landmarks in pixels.
            target: (478, 3) where they shall be.
        """
        strength = patch_strength(source) if self._gated else dict.fromkeys(_PARTS, 1.0)
        picture = warp_picture(photo, source, target).astype(np.float32)
        for part, places in _PARTS.items():
            if strength[part] == 0.0:
                continue
            size = self._sizes[part]
            seen = [patch_inputs(each, photo, source, target, size) for each in places]
            for change, inputs in zip(self._changes(part, seen), seen, strict=True):
                picture += spread(change, inputs.frame, picture.shape[:2]) * (
                    255.0 * strength[part]
                )
        return np.clip(np.rint(picture), 0, 255).astype(np.uint8)

    def _changes(self, part: str, seen: Sequence[PatchInputs]) -> Floats:
        """(N, 3, size, size): what the net adds to each patch."""
        tensors = {
            f"{part}_planes": np.stack([each.planes for each in seen]),
            f"{part}_vector": np.stack([each.vector for each in seen]),
        }
        return run_session(self._sessions[part], tensors)[f"{part}_change"]


def spread(change: Floats, frame: PatchFrame, shape: tuple[int, ...]) -> Floats:
    """(H, W, 3): a patch's change where it lies in the picture, faded out towards its border.

    Args:
        change: (3, size, size).
        frame: where the patch lies.
        shape: height and width of the picture.
    """
    pixels = np.stack(np.meshgrid(np.arange(shape[1]), np.arange(shape[0])), axis=-1)
    spots = frame.to_patch(pixels)
    room = np.minimum(spots + 0.5, frame.size - 0.5 - spots)
    ramps = np.clip(room / FEATHER, 0.0, 1.0)
    ramps = ramps * ramps * (3.0 - 2.0 * ramps)
    drawn = sample(np.ascontiguousarray(change.transpose(1, 2, 0)), spots)
    return np.asarray(drawn * ramps.prod(axis=-1)[..., None], dtype=np.float32)
