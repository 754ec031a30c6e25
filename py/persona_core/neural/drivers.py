"""What turns a face into a model's parameters, by the model's family."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np
import numpy.typing as npt

from persona_core.errors import ModelError
from persona_core.face.params import FaceParams
from persona_core.neural.families.liveportrait_driver import LivePortraitDriver
from persona_core.neural.families.liveportrait_motion import HEADS, PortraitPose
from persona_core.neural.families.nano_motion import nano_parameters
from persona_core.neural.manifest.manifest import Family, Manifest

Floats = npt.NDArray[np.float32]
Tensors = dict[str, Floats]


class Driver(Protocol):
    """Drives one portrait.

    Attributes:
        wanted: tensors of the portrait stage that :meth:`settle` is to be given.
    """

    wanted: tuple[str, ...]

    def settle(self, seen: Mapping[str, Floats]) -> Tensors:
        """What the driver computes once a portrait, by tensor.

        Raises:
            ModelError: the portrait stage gave something else than it should.
        """
        ...

    def parameters(self, face: FaceParams) -> Tensors:
        """A frame's inputs by tensor, for a face relative to its calibrated neutral."""
        ...


def driver_of(manifest: Manifest) -> Driver:
    """A driver for one portrait on a model.

    Raises:
        ModelError: this version drives no models of that family.
    """
    if manifest.family is Family.NANO:
        return NanoDriver()
    if manifest.family is Family.LIVEPORTRAIT:
        return LivePortraitFamily()
    detail = f"nothing drives the family {manifest.family.value}"
    raise ModelError(detail, code="model-unsupported")


class NanoDriver:
    """Needs nothing of the portrait."""

    wanted: tuple[str, ...] = ()

    def settle(self, seen: Mapping[str, Floats]) -> Tensors:
        return {}

    def parameters(self, face: FaceParams) -> Tensors:
        return {"parameters": nano_parameters(face)}


class LivePortraitFamily:
    """Moves the keypoints that the motion extractor sees in the portrait."""

    wanted: tuple[str, ...] = HEADS

    def __init__(self) -> None:
        self._driver: LivePortraitDriver | None = None

    def settle(self, seen: Mapping[str, Floats]) -> Tensors:
        self._driver = LivePortraitDriver(PortraitPose.from_outputs(seen))
        return {"kp_source": self._driver.source}

    def parameters(self, face: FaceParams) -> Tensors:
        assert self._driver is not None, "no portrait was settled"
        return {"kp_target": self._driver.target(face)}
