"""LivePortrait-Lite on the CPU: the mesh warp, changed by the nets at mouth and eyes.

The same sums as on the page, in native onnxruntime and numpy, for measuring.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from persona_core.base.arrays import Floats
from persona_core.neural.families.lite_gate import patch_strength
from persona_core.neural.families.lite_patches import CROP_SIDE
from persona_core.neural.manifest.manifest import Precision
from persona_models.evaluate.reenactment import DrivenMotion, MotionKind, Still
from persona_models.faces.mesh_warp import warp_picture
from persona_models.faces.sampling import sample
from persona_models.faces.tracks import Picture
from persona_models.lite.patch_frame import FEATHER, PatchFrame, PatchPart
from persona_models.lite.patch_inputs import FurtherMouths, PatchInputs, patch_inputs
from persona_models.onnx.native import NativeModel, run_session

_PARTS = {"mouth": (PatchPart.MOUTH,), "eye": (PatchPart.EYE_RIGHT, PatchPart.EYE_LEFT)}
"""The patches of one run, by the first word of its tensors."""


class Laid(NamedTuple):
    """A set of pictures over the photo.

    Attributes:
        face_share: how much of the face is drawn from them, in [0, 1]; the nets know the photo's.
        mouths: what the mouth's net is told of them.
        lay: draws them over a picture, (H, W, 3) float32 of 255, in place.
    """

    face_share: float
    mouths: FurtherMouths
    lay: Callable[[Floats], None]


class LiteRenderer:
    """Satisfies :class:`~persona_models.evaluate.reenactment.FrameRenderer`.

    Args:
        folder: the model.
        gated: whether the photo decides what is left to the nets.
        precision: what the nets compute in.

    Raises:
        ManifestError: the model cannot be used.
        OSError: a file of it is missing.
    """

    kinds: tuple[MotionKind, ...] = tuple(MotionKind)

    def __init__(
        self, folder: Path, *, gated: bool = True, precision: Precision = Precision.FP32
    ) -> None:
        self.name = "Lite" if gated else "Lite, mouth never held back"
        self._gated = gated
        model = NativeModel(folder)
        self._sessions, self._sizes = {}, {}
        for part in _PARTS:
            planes = model.manifest.tensor(f"{part}_planes")
            [graph] = [each for each in model.manifest.graphs if planes in each.inputs]
            self._sessions[part] = model.session(graph, precision)
            self._sizes[part] = planes.shape[-1]

    def render(self, still: Still, motions: Sequence[DrivenMotion]) -> list[Picture]:
        return [self.draw(still.picture, still.landmarks, each.landmarks) for each in motions]

    def draw(
        self, photo: Picture, source: Floats, target: Floats, over: Laid | None = None
    ) -> Picture:
        """The photo with its landmarks moved.

        Args:
            photo: (H, W, 3) uint8.
            source: (478, 3) its landmarks in pixels.
            target: (478, 3) where they shall be.
            over: further pictures of the person, drawn over the eyes and beneath the mouth's net,
                which sees them.
        """
        strength = patch_strength(source) if self._gated else dict.fromkeys(_PARTS, 1.0)
        picture = warp_picture(photo, source, target).astype(np.float32)
        followed = 1.0 if over is None else 1.0 - over.face_share
        zoom = min(1.0, CROP_SIDE / max(photo.shape[:2]))
        told = _reduced(photo, zoom), source * zoom, target * zoom
        for part in ("eye", "mouth"):
            mouths = None
            if part == "mouth" and over is not None:
                over.lay(picture)
                mouths = over.mouths
            size = self._sizes[part]
            seen = [patch_inputs(each, *told, size, mouths) for each in _PARTS[part]]
            changes = self._changes(part, seen)
            for each, change in zip(_PARTS[part], changes, strict=True):
                drawn = spread(change, PatchFrame.of(each, target, size), picture.shape[:2])
                picture += drawn * (255.0 * strength[part] * followed)
        return np.clip(np.rint(picture), 0, 255).astype(np.uint8)

    def _changes(self, part: str, seen: Sequence[PatchInputs]) -> Floats:
        """(N, 3, size, size): what the net adds to each patch."""
        tensors = {
            f"{part}_planes": np.stack([each.planes for each in seen]),
            f"{part}_vector": np.stack([each.vector for each in seen]),
        }
        return run_session(self._sessions[part], tensors)[f"{part}_change"]


def _reduced(photo: Picture, zoom: float) -> Picture:
    """The photo as coarse as a page's nets see it."""
    if zoom == 1.0:
        return photo
    size = round(photo.shape[1] * zoom), round(photo.shape[0] * zoom)
    return np.asarray(Image.fromarray(photo).resize(size, Image.Resampling.BILINEAR))


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
