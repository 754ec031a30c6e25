"""Tools that make models and recordings. They run on the developer's machine only."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
"""The checkout."""
