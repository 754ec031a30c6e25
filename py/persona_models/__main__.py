"""``python build.py models TOOL``: makes the recordings and models that the app ships."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from persona_models import demo_motion


def main() -> None:
    """Reads the command line and runs the tool it names.

    ``VP_VENDOR`` and ``VP_CHROMIUM`` say where fetched assets and the browser are.
    """
    parser = argparse.ArgumentParser(prog="build.py models", description=__doc__)
    parser.add_argument("tool", choices=["demo-motion"])
    parser.parse_args()
    demo_motion.record(Path(os.environ["VP_VENDOR"]), os.environ["VP_CHROMIUM"])


if __name__ == "__main__":
    main()
