"""A portrait of several pictures on the CPU: another renderer's picture, and the set drawn over it.

The same sums as in the page's shaders: the mesh's vertices as posed, the places that they have in
up to three pictures, the region's mask; per pixel one colour and how much of it is laid over.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from PIL import Image

from persona_core.base.arrays import Floats, smooth_between
from persona_core.face.residual.landmark_basis import CODE_STEPS, LandmarkBasis
from persona_core.neural.families.lite_pictures import PICTURES, SPOTS, set_tensors
from persona_core.portrait import layout
from persona_core.portrait.expressions.expression import Region
from persona_core.portrait.expressions.expression_buffers import region_buffers
from persona_core.portrait.expressions.expression_mesh import mesh_places, texture_places
from persona_core.portrait.expressions.eye_pair import EYES
from persona_core.portrait.expressions.mixing import PLACES, Mixer, RegionMix
from persona_core.portrait.expressions.portrait_set import PortraitSet
from persona_core.portrait.expressions.regions import MEASURED, region_mesh
from persona_core.portrait.mesh import PortraitMesh
from persona_core.portrait.rig import PortraitRig
from persona_models.evaluate.lite_renderer import Laid, LiteRenderer
from persona_models.evaluate.reenactment import DrivenMotion, FrameRenderer, MotionKind, Still
from persona_models.faces.rasteriser import rasterise
from persona_models.faces.sampling import sample
from persona_models.faces.tracks import Picture
from persona_models.lite.patch_inputs import FurtherMouths

FRAME_MS: Final = 1000.0 / 3.0
"""Between two targets, every tenth frame of some thirty a second."""


class SetRenderer:
    """Satisfies :class:`~persona_models.evaluate.reenactment.FrameRenderer`.

    Args:
        portrait_set: whose base is the still that is rendered.
        beneath: draws what the set is laid over; LivePortrait-Lite draws the mouth over the set.
        basis: by which the motions were measured.
        frame_ms: between two of them.

    Attributes:
        mixes: what the pictures rendered last were drawn from.
    """

    kinds: tuple[MotionKind, ...] = (MotionKind.TRUE, MotionKind.CALIBRATED)

    def __init__(
        self,
        portrait_set: PortraitSet,
        beneath: FrameRenderer,
        basis: LandmarkBasis,
        frame_ms: float = FRAME_MS,
    ) -> None:
        self.name = f"set of {1 + len(portrait_set.expressions)} over {beneath.name}"
        self._beneath = beneath
        self._basis = basis
        self._set = portrait_set
        self._frame_ms = frame_ms
        self._places, self._images = {}, {}
        for number, expression in enumerate(portrait_set.expressions):
            for patch in expression.patches:
                image = np.asarray(Image.open(io.BytesIO(patch.image)).convert("RGB"))
                self._images[patch.region, number] = image
                places = texture_places(expression, patch.region)
                self._places[patch.region, number] = places
        mouths = [self._images.get((Region.MOUTH, n)) for n in range(len(portrait_set.expressions))]
        self._mouths = set_tensors(portrait_set.expressions, mouths)
        self.mixes: list[RegionMix] = []

    def render(self, still: Still, motions: Sequence[DrivenMotion]) -> list[Picture]:
        lite = self._beneath if isinstance(self._beneath, LiteRenderer) else None
        beneath = [] if lite else self._beneath.render(still, motions)
        rig = PortraitRig(self._set.base, self._basis)
        rig.set_expressions(self._set.expressions)
        mixer = Mixer(self._set.base, self._set.expressions, self._basis)
        self.mixes = []
        pictures = []
        for number, motion in enumerate(motions):
            now_ms = number * self._frame_ms
            if motion.kind is MotionKind.TRUE:
                measured = motion.placement.to_face(motion.landmarks)[MEASURED]
                mix = mixer.mix(measured, motion.placement.rotation, now_ms)
                frame = _Frame(mesh_places(motion.landmarks), mix, None)
            else:
                residual = None
                if motion.residual is not None:
                    residual = motion.residual.astype(np.float32) / np.float32(CODE_STEPS)
                values = rig.reenact(
                    motion.params.blendshapes, motion.placement, residual, now_ms
                ).reshape(-1, 4)
                shares = values[layout.SHARES : layout.GAZES].reshape(len(Region), -1)
                mix = RegionMix(shares[:, : 2 * PLACES].reshape(len(Region), PLACES, 2).copy())
                gazes = values[layout.GAZES : layout.WEIGHTS].reshape(2, 3, 4)
                frame = _Frame(posed(rig.mesh, values), mix, gazes)
            self.mixes.append(mix)
            if lite:
                given = still.picture, still.landmarks, motion.landmarks
                pictures.append(lite.draw(*given, self._laid(frame)))
            else:
                drawn = beneath[number].astype(np.float32)
                self._lay(drawn, frame)
                pictures.append(np.clip(np.rint(drawn), 0, 255).astype(np.uint8))
        return pictures

    def _laid(self, frame: _Frame) -> Laid:
        mix = frame.mix
        mouths = FurtherMouths(
            self._mouths[PICTURES], self._mouths[SPOTS], mix.places[Region.MOUTH]
        )
        return Laid(mix.share(Region.FACE), mouths, lambda drawn: self._lay(drawn, frame))

    def _lay(self, drawn: Floats, frame: _Frame) -> None:
        """Lays all regions over a picture, in place."""
        for region in Region:
            self._draw(drawn, region, frame)

    def _draw(self, drawn: Floats, region: Region, frame: _Frame) -> None:
        """Lays one region over a picture, in place."""
        chosen = [
            (place, int(number), float(weight))
            for place, (number, weight) in enumerate(frame.mix.places[region])
            if number >= 0 and weight > 0.0
        ]
        if not chosen:
            return
        height, width = drawn.shape[:2]
        buffers = region_buffers(region)
        # A pixel's centre lies half a pixel from its corner.
        coverage = rasterise(frame.vertices - (0.5, 0.5, 0.0), buffers.triangles, width, height)
        mask = region_mesh(region).mask[:, None]
        shown = coverage.interpolate(buffers.triangles, mask)[..., 0]
        follows = np.zeros_like(shown)
        if frame.gazes is not None and region in EYES:
            opening = coverage.triangle >= len(buffers.triangles) - buffers.opening
            follows = opening * _follows(frame.gazes[EYES.index(region)], shown.shape)
        colour, total = np.zeros_like(drawn), np.zeros_like(shown)
        for place, number, weight in chosen:
            at = coverage.interpolate(buffers.triangles, self._places[region, number])
            trusted = weight * at[..., 2]
            image = self._images[region, number]
            places = at[..., :2] - np.float32(0.5)
            if frame.gazes is not None and region in EYES:
                shifts = frame.gazes[EYES.index(region)].ravel()[4 + 2 * place : 6 + 2 * place]
                places += follows[..., None] * shifts * (image.shape[1], image.shape[0])
            places = np.ascontiguousarray(places, dtype=np.float32)
            colour += trusted[..., None] * sample(image, places)
            total += trusted
        alpha = (shown * total)[..., None]
        colour /= np.maximum(total, 1e-6)[..., None]
        drawn += alpha * (colour - drawn)


class _Frame(NamedTuple):
    """What is drawn of one frame.

    Attributes:
        vertices: (n, 3) where the mesh lies in the picture.
        mix: the pictures it is drawn from.
        gazes: (2, 3, 4) where the irises have gone, as the layout has it; None leaves them.
    """

    vertices: Floats
    mix: RegionMix
    gazes: Floats | None


def _follows(gaze: Floats, shape: tuple[int, ...]) -> Floats:
    """(h, w) how far each pixel goes with an iris: all of it, and ever less beyond its rim."""
    x, y, radius, reach = gaze[0].tolist()
    column, row = np.meshgrid(np.arange(shape[1]) + 0.5, np.arange(shape[0]) + 0.5)
    away = smooth_between(radius, max(reach, radius + 1.0), np.hypot(column - x, row - y))
    return (1.0 - away).astype(np.float32)


def posed(mesh: PortraitMesh, values: Floats) -> Floats:
    """(n, 3) where a rig's uniforms put its mesh in the picture, as the vertex shader does it."""
    frame = values.reshape(-1, 4)
    weights = frame[layout.WEIGHTS : layout.FIXES].reshape(-1)[: len(mesh.moves)]
    moved = np.tensordot(weights, mesh.moves[..., :3].astype(np.float32), axes=1)
    fixes = frame[layout.FIXES : layout.RIMS, :3]
    moved += (mesh.pin_weights[..., None] * fixes[mesh.pins]).sum(axis=1)
    points = np.concatenate([mesh.points[:, :3], np.ones((len(mesh.points), 1))], axis=1)
    head = frame[layout.HEAD : layout.HEAD + 3]
    rest = frame[layout.REST : layout.REST + 3]
    follow = mesh.points[:, 3:]
    shown = follow * (points @ head.T) + (1.0 - follow) * (points @ rest.T)
    return np.asarray(shown + moved @ head[:, :3].T, dtype=np.float32)
