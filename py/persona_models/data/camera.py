"""A webcam: exposure, colour cast, softness, noise and JPEG."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

from persona_core.base.arrays import Floats
from persona_models.faces.tracks import Picture


@dataclass(frozen=True, slots=True, eq=False)
class Webcam:
    """One camera with its settings.

    Attributes:
        gain: (3,) on linear light: exposure and white balance.
        contrast: of the display values about the middle.
        saturation: 1 leaves colours alone.
        blur: deviation in pixels; below 0 sharpens.
        noise: deviation in the dark, of 1.
        quality: of JPEG; 0 for none.
    """

    gain: Floats
    contrast: float
    saturation: float
    blur: float
    noise: float
    quality: int

    @classmethod
    def random(cls, random: np.random.Generator) -> Webcam:
        """Any camera."""
        cast = np.clip(random.normal(1.0, 0.05, 3), 0.85, 1.15)
        return cls(
            gain=(cast * np.exp(random.normal(0.12, 0.22))).astype(np.float32),
            contrast=float(np.clip(random.normal(1.0, 0.08), 0.8, 1.2)),
            saturation=float(np.clip(random.normal(1.0, 0.12), 0.6, 1.3)),
            blur=float(random.uniform(-0.4, 0.75)),
            noise=float(random.uniform(0.0, 0.016) * (random.random() < 0.8)),
            quality=int(random.integers(55, 97)) if random.random() < 0.6 else 0,
        )

    def shoot(self, light: Floats, random: np.random.Generator) -> Picture:
        """Linear light (H, W, 3) as this camera's picture."""
        exposed = np.maximum(light * self.gain, 0.0)
        # A shoulder: nothing is changed up to 0.6, and 1 is reached far beyond.
        over = np.maximum(exposed - 0.6, 0.0)
        exposed = np.minimum(exposed, 0.6) + 0.4 * over / (over + 0.4)
        shown = exposed ** (1.0 / 2.2)
        grey = shown.mean(axis=2, keepdims=True)
        shown = grey + (shown - grey) * self.saturation
        shown = 0.45 + (shown - 0.45) * self.contrast
        if abs(self.blur) > 0.3:
            soft = gaussian_filter(shown, (abs(self.blur), abs(self.blur), 0), truncate=2.5)
            shown = soft if self.blur > 0.0 else shown + 0.6 * (shown - soft)
        if self.noise > 0.0:
            grain = random.standard_normal(shown.shape, dtype=np.float32)
            shown = shown + grain * self.noise * (1.2 - 0.6 * shown)
        picture = np.asarray(np.clip(shown, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)
        if self.quality:
            file = io.BytesIO()
            Image.fromarray(picture).save(file, "JPEG", quality=self.quality)
            picture = np.asarray(Image.open(file))
        return picture
