"""Reads files that torch wrote."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch

from persona_models.errors import CheckpointError


def read_torch_file(path: Path, remedy: str) -> dict[str, object]:
    """Tensors as numpy arrays, those of floats as float32, and dictionaries of them as such.

    Anything else is left out, and no code that the file may hold is run.

    Raises:
        CheckpointError: the file is no dictionary of tensors; names the ``remedy``.
    """
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch tells of bad files by whatever its unpickler raises
        raise CheckpointError(
            f"{path} cannot be read: {str(error)[:200]}.", remedy=remedy
        ) from error
    return _to_numpy(content, path, remedy)


def _to_numpy(content: object, path: Path, remedy: str) -> dict[str, object]:
    if not isinstance(content, Mapping):
        raise CheckpointError(f"{path} holds no dictionary of tensors.", remedy=remedy)
    arrays: dict[str, object] = {}
    for key, value in content.items():
        if isinstance(value, Mapping):
            arrays[str(key)] = _to_numpy(value, path, remedy)
        elif isinstance(value, torch.Tensor):
            value = value.float() if value.is_floating_point() else value
            arrays[str(key)] = value.numpy()
    return arrays
