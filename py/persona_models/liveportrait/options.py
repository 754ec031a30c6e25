"""``python build.py models liveportrait``: its options.

Apart from what carries them out, so that a command line of another tool loads no onnxruntime.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from persona_core.neural.manifest.manifest import Precision
from persona_models.liveportrait.parts import OFFICIAL_HUB

DEFAULT_OUT = Path("static") / "models" / "liveportrait"
SIZES = (256, 512)


def add_options(parser: argparse.ArgumentParser) -> None:
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
        choices=[precision.value for precision in Precision],
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
