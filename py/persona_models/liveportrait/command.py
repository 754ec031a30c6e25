"""``python build.py models liveportrait``: carries it out."""

from __future__ import annotations

import argparse
import importlib.util

from persona_core.neural.manifest.manifest import Precision
from persona_models.conversion_errors import ConversionError, ResourceError
from persona_models.liveportrait.checkpoint import find_files
from persona_models.liveportrait.convert import Options, convert
from persona_models.liveportrait.download import download
from persona_models.liveportrait.resources import DISK_BYTES, MEMORY_BYTES, check_room
from persona_models.progress import ProgressLine


def run(options: argparse.Namespace) -> None:
    """Downloads if asked to, and converts.

    Raises:
        ConversionError: it could not be done.
    """
    try:
        _run(options)
    except (OSError, MemoryError) as error:
        raise ResourceError(
            f"The system refused: {str(error) or 'out of memory'}.",
            remedy="make room on the disk or in memory and run this again: finished parts are kept",
        ) from error
    except KeyboardInterrupt:
        raise ConversionError(
            "Stopped.", remedy="run this again to go on: finished parts are kept", code="stopped"
        ) from None


def _run(options: argparse.Namespace) -> None:
    check_room(options.out, DISK_BYTES, MEMORY_BYTES)
    if options.download:
        _require_torch()
        progress = ProgressLine(1)
        progress.step(f"fetching the official files into {options.weights}")
        download(options.weights, progress.note, base=options.hub)
    if any(file.path.suffix == ".pth" for file in find_files(options.weights)):
        _require_torch()
    convert(
        Options(
            weights=options.weights,
            out=options.out,
            size=options.size,
            precision=Precision(options.precision),
            any_weights=options.any_weights,
        )
    )


def _require_torch() -> None:
    """Said before hundreds of megabytes are fetched or hashed."""
    if importlib.util.find_spec("torch") is None:
        raise ResourceError(
            "The official .pth files are read with torch, which is not installed.",
            remedy="python build.py setup --group train, or give the same tensors as .safetensors",
            code="torch-missing",
        )
