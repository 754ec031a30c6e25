"""``python -m persona_models COMMAND``, usually called as ``python build.py models COMMAND``."""

from __future__ import annotations

import argparse
from pathlib import Path

from persona_models import demo_motion


def main() -> None:
    """Reads the command line and runs the tool it names."""
    parser = argparse.ArgumentParser(prog="build.py models", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser("demo-motion", help="record the demo motion from the sample video")
    demo.add_argument("--vendor", type=Path, required=True, help="folder of fetched web assets")
    demo.add_argument("--chromium", required=True, help="path of the browser")
    arguments = parser.parse_args()
    demo_motion.record(arguments.vendor, arguments.chromium)


if __name__ == "__main__":
    main()
