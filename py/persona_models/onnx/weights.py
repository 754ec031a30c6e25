"""A flat file of weights that several ONNX graphs share as external data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

ALIGNMENT = 64
"""Tensors start at multiples of this: a WebGPU buffer copy wants 4, vector loads up to 64."""


@dataclass(frozen=True, slots=True)
class Stored:
    """Where a tensor lies in a weights file.

    Attributes:
        dtype: float16 or float32, little-endian.
    """

    location: str
    offset: int
    length: int
    dtype: npt.DTypeLike
    shape: tuple[int, ...]


class WeightsFile:
    """Appends tensors to a file, each once under its name.

    A graph that is built a second time, in another precision, asks for the same names and gets
    the same places.

    Args:
        path: the file, made anew; its name is the location that graphs refer to.
        dtype: what tensors are stored in.
    """

    def __init__(self, path: Path, dtype: npt.DTypeLike) -> None:
        self.location = path.name
        self.dtype: np.dtype[Any] = np.dtype(dtype)
        self._places: dict[str, Stored] = {}
        self._end = 0
        self._file = path.open("wb")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def store(self, name: str, values: npt.NDArray[np.floating]) -> Stored:
        """The place of the tensor ``name``; appends it unless it is there.

        Raises:
            OverflowError: a value does not fit into the file's type.
            ValueError: the name stands for a tensor of another shape.
        """
        place = self._places.get(name)
        if place is None:
            place = self._places[name] = self._append(name, values)
        if place.shape != values.shape:
            raise ValueError(f"{name} is {place.shape} and {values.shape}")
        return place

    def _append(self, name: str, values: npt.NDArray[np.floating]) -> Stored:
        if not np.abs(values).max(initial=0.0) <= np.finfo(self.dtype).max:
            raise OverflowError(f"{name} holds values beyond {self.dtype}")
        data = np.ascontiguousarray(values, dtype=self.dtype.newbyteorder("<")).tobytes()
        padding = -self._end % ALIGNMENT
        self._file.write(b"\0" * padding + data)
        offset = self._end + padding
        self._end = offset + len(data)
        return Stored(self.location, offset, len(data), self.dtype, values.shape)
