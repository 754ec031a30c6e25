"""``python build.py models liveportrait``: converts the official checkpoint for browsers.

Checks it, writes its networks as ONNX graphs, verifies each against its definition, and lays
everything out as a model that the site serves. A run that was broken off goes on where it stopped.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from persona_core.errors import PersonaError
from persona_core.neural.manifest.manifest import FLOATS, Precision
from persona_liveportrait.convert.checkpoint import find_files, require_torch
from persona_liveportrait.convert.download import download
from persona_liveportrait.convert.model_folder import Options, convert
from persona_liveportrait.convert.progress import ProgressLine
from persona_liveportrait.convert.resources import DISK_BYTES, MEMORY_BYTES, check_room
from persona_liveportrait.errors import ResourceError
from persona_liveportrait.network.parts import OFFICIAL_HUB
from persona_models.errors import ConversionError

DEFAULT_OUT = Path("static") / "models" / "liveportrait"
SIZES = (256, 512)


def main(arguments: Sequence[str] | None = None) -> None:
    """Reads the command line and converts.

    Exits with 1 and a sentence where that could not be done.
    """
    options = make_parser().parse_args(arguments)
    try:
        run(options)
    except PersonaError as error:
        sys.exit(f"error: {error.detail}")


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="build.py models liveportrait", description=__doc__)
    parser.add_argument(
        "--weights",
        type=Path,
        required=True,
        metavar="DIR",
        help="the folder of the official checkpoint, or of the same tensors as .safetensors",
    )
    parser.add_argument(
        "--out", type=Path, default=DEFAULT_OUT, metavar="DIR", help="default: %(default)s"
    )
    parser.add_argument(
        "--size",
        type=int,
        choices=SIZES,
        default=512,
        help="side of the drawn picture; 256 is a quarter of the work, from a portrait of 128 "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--precision",
        choices=[precision.value for precision in FLOATS],
        default=Precision.FP16.value,
        help="what weights are stored in; fp16 is half the download and runs everywhere too "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--download",
        action="store_true",
        help="first fetch the official files into --weights, each checked by its SHA-256",
    )
    parser.add_argument(
        "--hub", default=OFFICIAL_HUB, metavar="URL", help="where to fetch from (default: official)"
    )
    parser.add_argument(
        "--any-weights",
        action="store_true",
        help="take .pth files that are not the official ones, such as your own training's",
    )
    return parser


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
        require_torch()  # before hundreds of megabytes are fetched, or below hashed
        progress = ProgressLine(1)
        progress.step(f"fetching the official files into {options.weights}")
        download(options.weights, progress.note, base=options.hub)
    if any(file.path.suffix == ".pth" for file in find_files(options.weights)):
        require_torch()
    convert(
        Options(
            weights=options.weights,
            out=options.out,
            size=options.size,
            precision=Precision(options.precision),
            any_weights=options.any_weights,
        )
    )


if __name__ == "__main__":
    main()
