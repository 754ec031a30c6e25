"""Tools that make models and recordings, on the developer's machine only, and what runs models
natively, which the render server uses, too."""

import os
from pathlib import Path

# Before anybody loads onnxruntime, which else sends to its makers which models this machine runs
# and how, under an identifier that it leaves in the home folder (Linux and macOS, from 1.29 on).
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

ROOT = Path(__file__).parents[2]
"""The checkout."""
